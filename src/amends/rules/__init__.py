"""LIBRARY. DMN decision models -> typed tree -> columns, with a plain interpreter as referee.

    model = rules.load(Path("decision.dmn"))            ModelInvalid names every fault
    rules.audit(model)                                  gaps, overlaps, dead rows, each with a claim that shows it
    result = rules.interpret(model, facts)              one claim: values, fired rules, causes of nulls
    rules.explain(model, facts, result)                 the same, step by step
    rules.compile_duckdb(model).select("claims")        millions of claims: one SELECT, the same values and rules

Knows facts, not people. What others may use is what stands here.
"""

from amends.rules.audit import audit
from amends.rules.dmn import load
from amends.rules.duckdb import Plan, compile_duckdb
from amends.rules.explain import Step, explain
from amends.rules.faults import Fault, ModelInvalid, NotCompilable
from amends.rules.interpret import Result, interpret
from amends.rules.model import Decision, DecisionTable, Model, Rule
from amends.rules.types import Boolean, ContextType, Date, ListType, Number, Text, Type

__all__ = [
    "Boolean",
    "ContextType",
    "Date",
    "Decision",
    "DecisionTable",
    "Fault",
    "ListType",
    "Model",
    "ModelInvalid",
    "NotCompilable",
    "Number",
    "Plan",
    "Result",
    "Rule",
    "Step",
    "Text",
    "Type",
    "audit",
    "compile_duckdb",
    "explain",
    "interpret",
    "load",
]
