"""Watches clients of Google's ``google-genai`` package.

Gemini's ``prompt_token_count`` contains the cached tokens; thoughts are billed as output beside
``candidates_token_count`` (``types.GenerateContentResponseUsageMetadata``).
"""

from typing import TYPE_CHECKING, Any

from agent_telemetry.clients.answer_facts import AnswerFacts, AnswerFormat, facts_of, number
from agent_telemetry.clients.watched_stream import StreamWatch, watched
from agent_telemetry.content.parts import plain
from agent_telemetry.operations.model_call import ModelCall
from agent_telemetry.operations.operation import current_operation
from agent_telemetry.prices.pricing import Usage

if TYPE_CHECKING:
    from agent_telemetry.operations.operations import Operations


class GenerateContent:
    """``generate_content`` and its stream."""

    def read(self, answer: Any, facts: AnswerFacts) -> None:
        """Take the facts of a ``GenerateContentResponse``."""
        facts.model = getattr(answer, "model_version", None) or facts.model
        reasons = [getattr(each, "finish_reason", None) for each in answer.candidates or ()]
        named = tuple(str(getattr(each, "name", each)).lower() for each in reasons if each)
        facts.finish_reasons = named or facts.finish_reasons
        if facts.output is not None:
            for place, each in enumerate(answer.candidates or ()):
                facts.output.gemini(place, getattr(each.content, "parts", None))
        usage = getattr(answer, "usage_metadata", None)
        if usage is not None:
            thoughts = number(usage, "thoughts_token_count")
            facts.usage = Usage(
                number(usage, "prompt_token_count") + number(usage, "tool_use_prompt_token_count"),
                number(usage, "candidates_token_count") + thoughts,
                number(usage, "cached_content_token_count"),
                0,
                thoughts,
            )

    def read_piece(self, piece: Any, facts: AnswerFacts) -> bool:
        """Take the facts of one piece; its numbers are those up to here."""
        self.read(piece, facts)
        spoke = False
        for candidate in piece.candidates or ():
            for part in getattr(candidate.content, "parts", None) or ():
                facts.say(part.text)
                spoke = True
        return spoke


class EmbedContent:
    """``embed_content``."""

    def read(self, answer: Any, facts: AnswerFacts) -> None:
        """Take the token counts, which only some of Google's APIs give."""
        counts = [
            getattr(getattr(each, "statistics", None), "token_count", None)
            for each in answer.embeddings or ()
        ]
        known = [each for each in counts if each is not None]
        if known and len(known) == len(counts):
            facts.usage = Usage(int(sum(known)), 0)

    def read_piece(self, piece: Any, facts: AnswerFacts) -> bool:
        """Embeddings do not stream."""
        del piece, facts
        return False


_CONTENT, _EMBEDDING = GenerateContent(), EmbedContent()


class GeminiWatch:
    """Stands in for the model methods of one client."""

    def __init__(self, stack: "Operations", provider: str) -> None:
        self._stack = stack
        self._provider = provider

    def whole(self, method: Any, answers: AnswerFormat) -> Any:
        """Return a method that gives a whole answer, watched."""

        def called(*args: Any, **given: Any) -> Any:
            if isinstance(current_operation(), ModelCall):
                return method(*args, **given)
            with self._call(answers, args, given) as call:
                if answers is _CONTENT:
                    self._asked(call, given)
                answer = method(*args, **given)
                self._tell(call, answers, answer)
            return answer

        return called

    def awaited(self, method: Any, answers: AnswerFormat) -> Any:
        """Return an asynchronous method that gives a whole answer, watched."""

        async def called(*args: Any, **given: Any) -> Any:
            if isinstance(current_operation(), ModelCall):
                return await method(*args, **given)
            with self._call(answers, args, given) as call:
                if answers is _CONTENT:
                    self._asked(call, given)
                answer = await method(*args, **given)
                self._tell(call, answers, answer)
            return answer

        return called

    def streamed(self, method: Any) -> Any:
        """Return a method that gives an iterator, watched."""

        def called(*args: Any, **given: Any) -> Any:
            if isinstance(current_operation(), ModelCall):
                return method(*args, **given)
            call = self._call(_CONTENT, args, given)
            call.__enter__()
            self._asked(call, given)
            try:
                pieces = method(*args, **given)
            except BaseException as error:
                call.end(error)
                raise
            return self._watch(call, pieces, given)

        return called

    def awaited_stream(self, method: Any) -> Any:
        """Return a method whose result, once awaited, is an asynchronous iterator, watched."""

        async def called(*args: Any, **given: Any) -> Any:
            if isinstance(current_operation(), ModelCall):
                return await method(*args, **given)
            call = self._call(_CONTENT, args, given)
            call.__enter__()
            self._asked(call, given)
            try:
                pieces = await method(*args, **given)
            except BaseException as error:
                call.end(error)
                raise
            return self._watch(call, pieces, given)

        return called

    def _watch(self, call: ModelCall, pieces: Any, given: dict[str, Any]) -> Any:
        call.detach()
        words = len(str(given.get("contents", "")).split())
        return watched(
            pieces, StreamWatch(call, _CONTENT, self._stack.signals, prompt_words=lambda: words)
        )

    def _call(self, answers: AnswerFormat, args: Any, given: dict[str, Any]) -> ModelCall:
        model = str(given.get("model") or (args[0] if args else "unknown")).rpartition("/")[2]
        begin = self._stack.embedding if answers is _EMBEDDING else self._stack.llm
        return begin(model, provider=self._provider)

    def _asked(self, call: ModelCall, given: dict[str, Any]) -> None:
        """Show the request, when content is captured."""
        if not call.captures:
            return
        try:
            config = plain(given.get("config")) or {}
            call.capture(
                input=given.get("contents"),
                system=config.get("system_instruction"),
                tools=config.get("tools"),
            )
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._stack.signals.guard.fault("clients.request", error)

    def _tell(self, call: ModelCall, answers: AnswerFormat, answer: Any) -> None:
        try:
            facts = facts_of(call)
            answers.read(answer, facts)
            facts.tell(call)
        except Exception as error:  # noqa: BLE001 -- telemetry never raises into its host
            self._stack.signals.guard.fault("clients.answer", error)


def watch_gemini_client(client: Any, stack: "Operations") -> Any:
    """Watch a ``google.genai.Client``, its ``aio`` side included; it is changed in place.

    Args:
        client: the client.
        stack: told about each call.
    """
    models, aio = client.models, client.aio.models
    if getattr(models, "_agent_telemetry", False):
        return client
    watch = GeminiWatch(stack, "gcp.vertex_ai" if client.vertexai else "gcp.gemini")
    models.generate_content = watch.whole(models.generate_content, _CONTENT)
    models.generate_content_stream = watch.streamed(models.generate_content_stream)
    models.embed_content = watch.whole(models.embed_content, _EMBEDDING)
    aio.generate_content = watch.awaited(aio.generate_content, _CONTENT)
    aio.generate_content_stream = watch.awaited_stream(aio.generate_content_stream)
    aio.embed_content = watch.awaited(aio.embed_content, _EMBEDDING)
    models._agent_telemetry = True  # noqa: SLF001 -- our own mark
    return client
