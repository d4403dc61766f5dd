"""The field that tells what storage costs, and its types."""

from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry import Info

from app.access.permissions import Permission, guarded
from app.compiler.scalars import BigInt, DateTime
from app.errors import ErrorCode, PedigreeError
from app.retention.reporting import MONTH, Group, Grouping, Prices, Report

_MOST = 100
_MOST_PRICE = 10**9


@strawberry.enum(description="By what storage is told.")
class StorageGrouping(Enum):
    """By what storage is told; the names are those of `app.retention.reporting.Grouping`."""

    MODEL = strawberry.enum_value("MODEL", description="By model, as `namespace/name`.")
    TEAM = strawberry.enum_value("TEAM", description="By who answers for the model; empty: nobody is named.")
    STAGE = strawberry.enum_value("STAGE", description="By the stage that its versions are in now.")


@strawberry.type(description="What is stored of one model, team or stage.")
class StorageGroup:
    """What is stored of one model, team or stage."""

    name: str = strawberry.field(description="Its name.")
    artifacts: int = strawberry.field(description="How many distinct artifacts it has.")
    bytes: BigInt = strawberry.field(description="How many bytes these have, each artifact counted once.")
    cold_bytes: BigInt = strawberry.field(description="How many of these lie in the colder store.")
    own_bytes: BigInt = strawberry.field(description="How many of these no other model, team or stage has.")
    shared_bytes: BigInt = strawberry.field(description="How many of these another has, too.")
    saved_bytes: BigInt = strawberry.field(description="How many more it would be if each version kept its own.")
    monthly_cost: float | None = strawberry.field(
        description="What `bytes` cost in a month; null where no price is given. What several share counts for each."
    )


@strawberry.type(description="What will be stored at the end of a month, if it grows on as it did.")
class StorageForecast:
    """What will be stored at the end of a month."""

    at: DateTime = strawberry.field(description="The end of the month.")
    bytes: BigInt = strawberry.field(description="How many bytes.")
    monthly_cost: float | None = strawberry.field(
        description="What these cost in a month; null where no price is given."
    )


_By = Annotated[StorageGrouping, strawberry.argument(description="By what.")]
_First = Annotated[int, strawberry.argument(description="How many at most, the largest first: 1 to 100.")]


@strawberry.type(description="What is stored here of versions that the caller sees, and what it costs.")
class StorageReport:
    """What is stored here."""

    known: strawberry.Private[Report]
    prices: strawberry.Private[Prices | None]
    at: DateTime = strawberry.field(description="When it was looked at.")
    artifacts: int = strawberry.field(description="How many distinct artifacts there are.")
    bytes: BigInt = strawberry.field(description="How many bytes these have: equal ones are stored once.")
    cold_bytes: BigInt = strawberry.field(description="How many of these lie in the colder store.")
    saved_bytes: BigInt = strawberry.field(description="How many more it would be if each version kept its own.")
    monthly_growth_bytes: BigInt = strawberry.field(
        description="By how many bytes a month what is stored now has grown, over the last twelve months, or as long "
        "as there was anything."
    )
    monthly_cost: float | None = strawberry.field(
        description="What `bytes` cost in a month, in the currency of the price; null where none is given."
    )

    @strawberry.field(description="The same by model, team or stage.", metadata=guarded(Permission.RETENTION_READ))
    async def groups(
        self, info: Info[Any, Any], by: _By = StorageGrouping.MODEL, first: _First = 25
    ) -> list[StorageGroup]:
        """By group, the largest first."""
        if not 1 <= first <= _MOST:
            raise PedigreeError(f"`first` is {first}: ask for 1 to {_MOST}.", code=ErrorCode.BAD_PAGE, path="first")
        found = await info.context.services.retention.groups(Grouping[by.name], info.context.caller)
        return [self._group(each) for each in found[:first]]

    @strawberry.field(
        description="What will be stored at the end of each of the next twelve months, if it grows on as it did.",
        metadata=guarded(Permission.RETENTION_READ),
    )
    def forecast(self) -> list[StorageForecast]:
        """The next twelve months."""
        return [
            StorageForecast(
                at=DateTime(self.known.at + month * MONTH),
                bytes=BigInt(size),
                monthly_cost=self._cost(size, self.known.cold_bytes),
            )
            for month, size in enumerate(self.known.forecast, 1)
        ]

    def _group(self, group: Group) -> StorageGroup:
        return StorageGroup(
            name=group.name,
            artifacts=group.artifacts,
            bytes=BigInt(group.bytes),
            cold_bytes=BigInt(group.cold_bytes),
            own_bytes=BigInt(group.own_bytes),
            shared_bytes=BigInt(group.bytes - group.own_bytes),
            saved_bytes=BigInt(group.version_bytes - group.bytes),
            monthly_cost=self._cost(group.bytes, group.cold_bytes),
        )

    def _cost(self, size: int, cold: int) -> float | None:
        return None if self.prices is None else self.prices.cost(size, cold)


_Price = Annotated[
    float | None,
    strawberry.argument(description="What a GiB costs for a month, in any currency; null: no cost is told."),
]
_ColdPrice = Annotated[
    float | None,
    strawberry.argument(description="The same in the colder store; null: what it costs in the usual one."),
]
_Overhead = Annotated[
    float, strawberry.argument(description="How many bytes the store takes for each, as copies and parity: 1 to 100.")
]


@strawberry.type
class ReportingQuery:
    """The root field that tells what storage costs."""

    @strawberry.field(
        description="What is stored here of versions that the caller sees, what it costs, and how it grows. What was "
        "taken away counts until its bytes are gone.",
        metadata=guarded(Permission.RETENTION_READ),
    )
    async def storage_report(
        self,
        info: Info[Any, Any],
        price_per_gib_month: _Price = None,
        overhead: _Overhead = 1.0,
        cold_price_per_gib_month: _ColdPrice = None,
    ) -> StorageReport:
        """Tells what is stored."""
        prices = _prices(price_per_gib_month, cold_price_per_gib_month, overhead)
        found = await info.context.services.retention.report(info.context.caller)
        return StorageReport(
            known=found,
            prices=prices,
            at=DateTime(found.at),
            artifacts=found.artifacts,
            bytes=BigInt(found.bytes),
            cold_bytes=BigInt(found.cold_bytes),
            saved_bytes=BigInt(found.version_bytes - found.bytes),
            monthly_growth_bytes=BigInt(found.monthly_bytes),
            monthly_cost=None if prices is None else prices.cost(found.bytes, found.cold_bytes),
        )


def _prices(usual: float | None, cold: float | None, overhead: float) -> Prices | None:
    """What was given; None where no price was.

    Raises:
        PedigreeError: it makes no sense.
    """
    given = [each for each in (usual, cold) if each is not None]
    if not 1 <= overhead <= _MOST or any(not 0 <= each <= _MOST_PRICE for each in given):
        raise PedigreeError(
            "`overhead` is 1 to 100, and a price no less than 0 and no more than 1,000,000,000.",
            code=ErrorCode.BAD_VALUE,
        )
    if usual is None and cold is not None:
        raise PedigreeError(
            "`coldPricePerGibMonth` is given without `pricePerGibMonth`.", code=ErrorCode.BAD_VALUE,
            remedy="Give both, or neither.",
        )  # fmt: skip
    return None if usual is None else Prices(usual, usual if cold is None else cold, overhead)
