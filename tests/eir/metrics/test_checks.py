import ast
from pathlib import Path

from eir.decision import rules
from eir.decision.rules import malformed
from eir.metrics import checks


def test_every_word_that_a_rule_has_for_a_reason_is_a_label() -> None:
    said = set[str]()
    for name in rules.names():
        source = Path(rules.__path__[0], f"{name}.py").read_text(encoding="utf-8")
        nodes = ast.walk(ast.parse(source))
        words = {str(node.value) for node in nodes if isinstance(node, ast.Constant)}
        said |= {word for word in words if word.startswith((f"{name}_", "unreg"))}
    assert said
    assert said - {"malformed_"} <= set(checks.REASONS)  # which a class follows


def test_every_class_of_malformed_identities_is_a_label() -> None:
    assert {malformed.classes_of(text)[0] for text in ("", "null", " ", "-", "a", "z", "1")} <= set(
        checks.MALFORMED
    )
    assert {f"malformed_{name}" for name in checks.MALFORMED} <= set(checks.REASONS)
