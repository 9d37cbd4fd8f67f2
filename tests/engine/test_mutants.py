"""The list of mutants fits the engine as it is."""

import ast
import shutil
from pathlib import Path

import pytest

from tests.bench.mutants import MUTANTS, ROOT, SYNC, apply


def test_there_are_at_least_twenty_with_names_of_their_own():
    assert len(MUTANTS) >= 20
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_can_be_applied_and_is_valid_python(mutant, tmp_path: Path):
    shutil.copytree(ROOT / SYNC, tmp_path / SYNC)
    apply(mutant, tmp_path)
    ast.parse((tmp_path / SYNC / mutant.file).read_text())
