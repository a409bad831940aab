"""What each raw table promises: the hinge between generator, landing, DDL, Stream Load, dbt sources and assets."""

from retail_platform.contracts.feeds import CONTRACTS, contract_for
from retail_platform.contracts.model import Action, ColumnSpec, Contract

__all__ = ["CONTRACTS", "Action", "ColumnSpec", "Contract", "contract_for"]
