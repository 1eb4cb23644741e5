"""Content of model and tool calls, for those who have switched that on."""
