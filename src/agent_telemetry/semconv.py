"""Names of OpenTelemetry's GenAI semantic conventions v1.41, in one table.

The conventions are in development and the SDK's constants are deprecated, so the names are kept
here: another version is a change of data.
Source: semantic-conventions v1.41.1, ``docs/gen-ai/gen-ai-spans.md`` and ``gen-ai-metrics.md``.
"""

AGENT_ID = "gen_ai.agent.id"
AGENT_NAME = "gen_ai.agent.name"
CONVERSATION_ID = "gen_ai.conversation.id"
DATA_SOURCE_ID = "gen_ai.data_source.id"
INPUT_MESSAGES = "gen_ai.input.messages"
OPERATION_NAME = "gen_ai.operation.name"
OUTPUT_MESSAGES = "gen_ai.output.messages"
PROVIDER_NAME = "gen_ai.provider.name"
REQUEST_MODEL = "gen_ai.request.model"
REQUEST_STREAM = "gen_ai.request.stream"
RESPONSE_FINISH_REASONS = "gen_ai.response.finish_reasons"
RESPONSE_MODEL = "gen_ai.response.model"
RESPONSE_TIME_TO_FIRST_CHUNK = "gen_ai.response.time_to_first_chunk"
SYSTEM_INSTRUCTIONS = "gen_ai.system_instructions"
TOOL_CALL_ARGUMENTS = "gen_ai.tool.call.arguments"
TOOL_CALL_RESULT = "gen_ai.tool.call.result"
TOOL_DEFINITIONS = "gen_ai.tool.definitions"
TOOL_NAME = "gen_ai.tool.name"
TOOL_TYPE = "gen_ai.tool.type"
USAGE_CACHE_READ = "gen_ai.usage.cache_read.input_tokens"
USAGE_CACHE_WRITE = "gen_ai.usage.cache_creation.input_tokens"
USAGE_INPUT = "gen_ai.usage.input_tokens"
USAGE_OUTPUT = "gen_ai.usage.output_tokens"
USAGE_REASONING = "gen_ai.usage.reasoning.output_tokens"
#: Ours: the token numbers are not the provider's; how a streamed answer ended.
USAGE_ESTIMATED = "gen_ai.usage.estimated"
STREAM_OUTCOME = "llm.stream.outcome"
#: From the open proposal semantic-conventions-genai#443; set on model calls only.
COST_AMOUNT = "gen_ai.usage.cost.amount"
COST_CURRENCY = "gen_ai.usage.cost.currency"
COST_SOURCE = "gen_ai.usage.cost.source"

ERROR_TYPE = "error.type"
HTTP_METHOD = "http.request.method"
HTTP_ROUTE = "http.route"
HTTP_STATUS = "http.response.status_code"
URL_FULL = "url.full"
URL_PATH = "url.path"

#: The guides' own keys, set beside the conventions' names.
GUIDE_AGENT_ID = "agent.id"
GUIDE_AGENT_TEMPLATE = "agent.template"
GUIDE_LLM_MODEL = "llm.model"
GUIDE_TENANT_ID = "tenant.id"
GUIDE_TOKENS_INPUT = "tokens.input"
GUIDE_TOKENS_OUTPUT = "tokens.output"
GUIDE_TOOL_INPUT = "tool.input"
GUIDE_TOOL_NAME = "tool.name"

#: Buckets of ``gen_ai.client.operation.duration`` in seconds (specification).
DURATION_BUCKETS = (
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
)  # fmt: skip
#: Buckets of ``gen_ai.client.token.usage`` in tokens (specification).
TOKEN_BUCKETS = tuple(4.0**power for power in range(14))
#: Buckets of ``gen_ai.invoke_agent.duration`` in seconds (specification).
AGENT_BUCKETS = tuple(round(0.1 * 2**power, 1) for power in range(13))
#: Buckets of ``gen_ai.invoke_agent.inference_calls`` and ``.tool_calls`` (specification).
CALL_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128)
