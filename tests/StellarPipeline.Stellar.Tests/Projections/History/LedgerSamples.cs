using System.Security.Cryptography;
using StellarPipeline.Xdr;
using static StellarPipeline.Stellar.Tests.Projections.History.LedgerXdr;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>Transactions of every kind of operation, with results, changes and events that fit, for tests that damage or repeat
/// them.</summary>
internal static class LedgerSamples
{
    private static readonly byte[] Usd = Asset("USD", 50);
    private static readonly byte[] Eur = Asset("EURTOKEN", 51);
    private static readonly byte[] Own = Asset("OWN", 20);
    private static readonly byte[] BalanceId = Key(33);

    public static IReadOnlyList<TestTransaction> All() =>
    [
        .. Payments(), .. Offers(), .. Options(), .. Trustlines(), .. Balances(), .. Pools(), .. Sponsorships(), .. Contracts(),
    ];

    /// <summary>A ledger of all of them.</summary>
    public static byte[] Ledger()
    {
        var ledger = new TestLedger { Protocol = 23 };
        ledger.Transactions.AddRange(All());
        return ledger.Encode();
    }

    private static IEnumerable<TestTransaction> Payments()
    {
        yield return new()
        {
            Operations = [Operation(0, Cat(AccountId(20), I64(500))), Payment(20, Usd, 9, AccountId(50)),
            Payment(21, Native, 3)], OperationChanges = [[], [], []]
        };
        yield return new()
        {
            FeeSource = 70, SourceId = 4, MetaVersion = 2, Operations = [Operation(8, Muxed(20, 9))],
            Results = [Result(8, 0, I64(400))], OperationChanges = [[]]
        };
        yield return new()
        {
            Sequence = 78,
            Operations = [Operation(2, Cat(Usd, I64(100), AccountId(20), Eur, I64(30), List(Native))),
                Operation(13, Cat(Usd, I64(100), AccountId(20), Eur, I64(1), List()))],
            Results =
            [
                Result(2, 0, List(OfferAtom(30, Eur, 30, Usd, 90)), AccountId(20), Eur, I64(30)),
                Result(13, 0, List(Cat(U32(2), Key(5), Eur, I64(7), Usd, I64(100)),
                    Cat(U32(0), Key(31), I64(1), Eur, I64(2), Usd, I64(3))), AccountId(20), Eur, I64(9)),
            ],
            OperationChanges = [[], []],
        };
        yield return new() { Sequence = 79, Code = -5, Operations = [Payment(20, Usd, 9)] };
        yield return new()
        {
            Sequence = 80, Code = -1, FeeSource = 71, Operations = [Payment(20, Usd, 9), Operation(9, [])],
            Results = [Result(1, -9), Result(9, -1)]
        };
    }

    private static IEnumerable<TestTransaction> Offers()
    {
        byte[] offer = Cat(AccountId(10), I64(8), Usd, Eur, I64(5), U32(1), U32(2), U32(0), U32(0));
        yield return new()
        {
            Sequence = 81,
            Operations = [Operation(3, Cat(Usd, Eur, I64(90), U32(1), U32(3), I64(0))),
                Operation(12, Cat(Usd, Eur, I64(90), U32(1), U32(3), I64(0))), Operation(4, Cat(Usd, Eur, I64(90), U32(1), U32(3)))],
            Results =
            [
                Result(3, 0, List(OfferAtom(30, Eur, 30, Usd, 90)), U32(0), offer),
                Result(12, 0, List(), U32(2)),
                Result(3, 0, List(OfferAtom(51, Eur, 30, Usd, 90)), U32(1), offer),
            ],
            OperationChanges = [[], [], []],
        };
    }

    private static IEnumerable<TestTransaction> Options()
    {
        byte[] signer = Cat(U32(3), Key(61), Opaque([1, 2, 3]), U32(2));
        byte[] body = Cat(Optional(AccountId(12)), Optional(U32(1)), Optional(U32(2)), Optional(U32(1)), Optional(U32(2)),
            Optional(U32(3)), Optional(U32(4)), Optional(Text("new.example")), Optional(signer));
        byte[] before = AccountEntry(10, 1000, [1, 2, 3, 4], [Cat(U32(0), Key(60), U32(1)), Cat(U32(2), Key(62), U32(5))], "old.example");
        byte[] after = AccountEntry(10, 1000, [0, 2, 3, 4], [Cat(U32(0), Key(60), U32(9)), signer], "new.example", [null, 63]);
        yield return new()
        {
            Sequence = 82,
            Operations = [Operation(5, body), Operation(10, Cat(Text("name"), Optional(Opaque([9])))),
                Operation(10, Cat(Text("gone"), U32(0))), Operation(11, I64(99))],
            OperationChanges =
            [
                [State(before), Updated(after)],
                [State(DataEntry("name", 1)), Updated(DataEntry("name", 9))],
                [State(DataEntry("gone", 7)), Cat(U32(2), U32(3), AccountId(10), Text("gone"))],
                [],
            ],
        };
    }

    private static IEnumerable<TestTransaction> Trustlines()
    {
        byte[] pool = Cat(U32(3), U32(0), Native, Usd, U32(30));
        byte[] poolId = SHA256.HashData(pool[4..]);
        yield return new()
        {
            Sequence = 83,
            Operations =
            [
                Operation(6, Cat(Usd, I64(15))), Operation(6, Cat(pool, I64(8))), Operation(6, Cat(Eur, I64(0))),
                Operation(7, Cat(AccountId(20), U32(1), "USD\0"u8.ToArray(), U32(0)), AccountId(50)),
                    Operation(21, Cat(AccountId(20), Usd, U32(2), U32(1)), AccountId(50)),
            ],
            OperationChanges =
            [
                [Created(TrustlineEntry(10, Usd, 15, 5), sponsor: 64)],
                [Created(TrustlineEntry(10, Cat(U32(3), poolId), 8, 0))],
                [State(TrustlineEntry(10, Eur, 4, 1)), Cat(U32(2), U32(1), AccountId(10), Eur)],
                [],
                [
                    State(PoolEntry(9, Own, 900, Usd, 90)), RemovedPool(9), State(PoolEntry(5, Own, 500, Usd, 50)), RemovedPool(5),
                    Created(BalanceEntry(SHA256.HashData(Cat(U32(7), AccountId(10), I64(83), U32(4), Key(5), Usd)), Usd, 50)),
                ],
            ],
        };
    }

    private static IEnumerable<TestTransaction> Balances()
    {
        byte[][] removal = [State(BalanceEntry(BalanceId, Usd, 6)), Cat(U32(2), U32(4), U32(0), BalanceId)];
        yield return new()
        {
            Sequence = 84,
            Operations =
            [
                Operation(14, Cat(Usd, I64(6),
                    List(Cat(U32(0), AccountId(21), U32(3), Optional(Cat(U32(4), I64(1)))), Cat(U32(0), AccountId(22), U32(0))))),
                        Operation(15, Cat(U32(0), BalanceId)),
                Operation(19, Cat(Usd, Muxed(20, 5), I64(4)), AccountId(50)), Operation(20, Cat(U32(0), BalanceId), AccountId(50)),
            ],
            Results = [Result(14, 0, U32(0), BalanceId), Result(15, 0), Result(19, 0), Result(20, 0)],
            OperationChanges = [[Created(BalanceEntry(BalanceId, Usd, 6), sponsor: 10)], removal, [], removal],
        };
    }

    private static IEnumerable<TestTransaction> Pools()
    {
        yield return new()
        {
            Sequence = 85,
            Operations = [Operation(22, Cat(Key(5), I64(1), I64(2), U32(1), U32(2), U32(1), U32(2))),
                Operation(23, Cat(Key(5), I64(1), I64(0), I64(0)))],
            OperationChanges =
            [
                [State(PoolEntry(5, Native, 1, Usd, 2)), Updated(PoolEntry(5, Native, 4, Usd, 9))],
                [State(PoolEntry(5, Native, 4, Usd, 9)), Updated(PoolEntry(5, Native, 3, Usd, 9))],
            ],
        };
    }

    private static IEnumerable<TestTransaction> Sponsorships()
    {
        yield return new()
        {
            Sequence = 86,
            Operations =
            [
                Operation(16, AccountId(20)), Operation(17, [], AccountId(20)), Operation(18, Cat(U32(0), U32(1), AccountId(21), Usd)),
                    Operation(18, Cat(U32(1), AccountId(22), U32(0), Key(60))),
            ],
            OperationChanges = [[], [], [], []],
        };
    }

    private static IEnumerable<TestTransaction> Contracts()
    {
        byte[] asset = AssetContract(TestLedger.Network, Usd);
        byte[] name = String("USD:" + StrKey.Encode(StrKeyKind.Account, Key(50)));
        byte[] map = Cat(U32(17), U32(1), List(Cat(Symbol("amount"), I128(5)), Cat(Symbol("to_muxed_id"), U32(5), I64(9))));
        byte[][] events =
        [
            Event(asset, I128(-5), Symbol("transfer"), AddressValue(AccountAddress(50)), AddressValue(AccountAddress(20)), name),
            Event(asset, map, Symbol("transfer"), AddressValue(AccountAddress(20)), AddressValue(ContractAddress(Key(81))), name),
            Event(asset, I128(5), Symbol("mint"), AddressValue(AccountAddress(20)), name),
                Event(asset, I128(5), Symbol("burn"), AddressValue(ContractAddress(Key(81))), name),
            Event(asset, I128(5), Symbol("clawback"), AddressValue(AccountAddress(20)), name),
                Event(asset, Cat(U32(0), U32(1)), Symbol("set_authorized"), AddressValue(AccountAddress(20)), name),
            Event(Key(80), I128(5), Symbol("transfer"), AddressValue(AccountAddress(20)), AddressValue(AccountAddress(21))),
        ];
        byte[] deployment = FromAddress(AccountAddress(10));
        byte[] tree = Cat(U32(2), deployment, U32(0), Key(90), List(),
            List(Invocation(Call(Key(82), "inner")), Cat(U32(1), deployment, U32(1), List())));
        byte[][] fee = [State(AccountEntry(10, 5000)), Updated(AccountEntry(10, 4000))];
        byte[][] authorization = [Cat(AddressCredentials(ContractAddress(Key(83))), tree), Cat(U32(0), Invocation(Call(Key(84), "other")))];
        byte[][] trustline = [State(TrustlineEntry(20, Usd, 9, 2)), Updated(TrustlineEntry(20, Usd, 9, 1))];
        yield return Soroban(87, 4, Cat(U32(0), Call(Key(80), "go")), events, authorization, fee, trustline);
        yield return Soroban(88, 3, Cat(U32(0), Call(Key(80), "go")), events, authorization, fee, trustline);
        yield return Soroban(89, 4, Cat(U32(3), deployment, U32(0), Key(90), List(U32(1))), [], [], fee, []);
        yield return Soroban(90, 4, Cat(U32(1), U32(1), Usd, U32(1)), [], [], fee, []);
        yield return Soroban(91, 4, Cat(U32(2), Opaque([0, 1, 2])), [], [], fee, []);
        yield return new()
        {
            Sequence = 92, IsSoroban = true, Operations = [Operation(25, Cat(U32(0), U32(100)))], OperationChanges = [[]],
            FeeChanges = fee
        };
        yield return new()
        {
            Sequence = 93, IsSoroban = true, Code = -1, Operations = [Operation(26, U32(0))], Results = [Result(26, -2)],
            FeeChanges = fee
        };
    }

    private static TestTransaction Soroban(long sequence, int metaVersion, byte[] function, byte[][] events, byte[][] authorization,
        byte[][] fee, byte[][] changes) => new()
        {
            Sequence = sequence,
            MetaVersion = metaVersion,
            IsSoroban = true,
            SourceId = 6,
            Operations = [InvokeHostFunction(function, authorization)],
            OperationChanges = [changes],
            Events = events,
            FeeChanges = fee,
            PostFeeChanges = [State(AccountEntry(10, 4000)), Updated(AccountEntry(10, 4100))],
        };

    private static byte[] DataEntry(string name, byte value) => Cat(U32(3), AccountId(10), Text(name), Opaque([value]), U32(0));
}
