"""Operations of an agent, each described once: run, model call, tool call and the rest."""
