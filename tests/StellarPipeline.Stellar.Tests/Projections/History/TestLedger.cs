using System.Security.Cryptography;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using static StellarPipeline.Stellar.Tests.Projections.History.LedgerXdr;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>A ledger made by hand: its bytes, and the rows that it becomes.</summary>
internal sealed class TestLedger
{
    public const uint Number = 1000;
    private const uint CloseTime = 1_735_689_600;

    public static readonly StellarNetwork Network = StellarNetwork.Testnet;

    public uint Protocol { get; init; } = 22;

    public List<TestTransaction> Transactions { get; } = [];

    /// <summary>Close meta: version 1, or version 2 where a transaction has changes after all others.</summary>
    public byte[] Encode()
    {
        bool isVersion2 = Transactions.Any(transaction => transaction.PostFeeChanges.Length > 0);
        byte[] value = Cat(Key(1), I64(CloseTime), List(), U32(0));
        byte[] header = Cat(U32(Protocol), Key(2), value, Key(3), Key(4), U32(Number), I64(0), I64(0), U32(0), I64(0), U32(100),
            U32(5_000_000), U32(100), Key(5), Key(6), Key(7), Key(8), U32(0));
        byte[] set = Cat(U32(1), Key(9),
            List(Cat(U32(0), List(Cat(U32(0), U32(0), List([.. Transactions.Select(transaction => transaction.Envelope())]))))));
        byte[] processing = List([.. Transactions.Select(transaction => transaction.Processing(isVersion2))]);
        byte[] tail = Cat(List(), List(), I64(0), List(), isVersion2 ? [] : List());
        return Cat(U32(isVersion2 ? 2u : 1u), U32(0), SHA256.HashData(header), header, U32(0), set, processing, tail);
    }

    /// <summary>Projects the ledger.</summary>
    public TestRows Rows()
    {
        using var projection = new HistoryProjection(Network, new PagePool());
        return TestRows.Of(projection, Encode());
    }

    /// <summary>A ledger of one transaction.</summary>
    public static TestRows RowsOf(TestTransaction transaction, uint protocol = 22)
    {
        var ledger = new TestLedger { Protocol = protocol };
        ledger.Transactions.Add(transaction);
        return ledger.Rows();
    }
}

/// <summary>A transaction with what became of it.</summary>
internal sealed class TestTransaction
{
    public byte Source { get; init; } = 10;

    public long? SourceId { get; init; }

    public byte? FeeSource { get; init; }

    public bool IsSoroban { get; init; }

    public long FeeCharged { get; init; } = 100;

    /// <summary>Code of the (inner) transaction.</summary>
    public int Code { get; init; }

    public int MetaVersion { get; init; } = 3;

    public byte[][] Operations { get; init; } = [];

    /// <summary>Results; by default each operation's success with nothing behind its code.</summary>
    public byte[][]? Results { get; init; }

    public byte[][] FeeChanges { get; init; } = [];

    /// <summary>For each operation its changes.</summary>
    public byte[][][] OperationChanges { get; init; } = [];

    public byte[][] ChangesAfter { get; init; } = [];

    public byte[][] PostFeeChanges { get; init; } = [];

    /// <summary>Contract events: of the transaction in metadata of version 3, of each operation in version 4.</summary>
    public byte[][] Events { get; init; } = [];

    /// <summary>Events of version-4 metadata that belong to no operation, as the validator tells fees.</summary>
    public byte[][] TransactionEvents { get; init; } = [];

    public long Sequence { get; init; } = 77;

    /// <summary>The results as they are written where the transaction's code allows any.</summary>
    public byte[][] ResultsOrSuccess() => Results ?? [.. Operations.Select(Success)];

    public byte[] Hash() => Hash(FeeSource is null ? 2u : 5u, FeeSource is null ? Transaction() : FeeBump());

    public byte[] InnerHash() => Hash(2, Transaction());

    public byte[] Envelope() => FeeSource is null ? Cat(U32(2), Transaction(), List()) : Cat(U32(5), FeeBump(), List());

    public byte[] Processing(bool isVersion2)
    {
        byte[] results = Code is 0 or -1 ? List(ResultsOrSuccess()) : [];
        byte[] inner = Cat(I64(FeeCharged), I32(Code), results, U32(0));
        byte[] result = FeeSource is null ? inner : Cat(I64(FeeCharged), I32(Code == 0 ? 1 : -13), InnerHash(), inner, U32(0));
        byte[] operations = List([.. OperationChanges.Select(changes => MetaVersion == 4 ? Cat(U32(0), List(changes), List(Events))
            : List(changes))]);
        byte[] meta = MetaVersion switch
        {
            0 => operations,
            1 => Cat(List(), operations),
            2 => Cat(List(), operations, List(ChangesAfter)),
            3 => Cat(U32(0), List(), operations, List(ChangesAfter), IsSoroban ? Cat(U32(1), U32(0), List(Events), U32(1), List())
                : U32(0)),
            _ => Cat(U32(0), List(), operations, List(ChangesAfter), U32(0),
                List([.. TransactionEvents.Select(one => Cat(U32(0), one))]), List()),
        };
        return Cat(isVersion2 ? U32(0) : [], Hash(), result, List(FeeChanges), I32(MetaVersion), meta, isVersion2 ? List(PostFeeChanges)
            : []);
    }

    private static byte[] Success(byte[] operation)
    {
        int type = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(operation.AsSpan(operation[3] == 0 ? 4 : operation[6] == 0
            ? 40 : 48));
        return Result(type, 0, type == 24 ? Key(0) : []);
    }

    private byte[] Transaction() => Cat(
        Muxed(Source, SourceId), U32(100), I64(Sequence), U32(0), U32(0), List(Operations),
        IsSoroban ? Cat(U32(1), U32(0), List(), List(), U32(0), U32(0), U32(0), I64(50)) : U32(0));

    private byte[] FeeBump() => Cat(Muxed(FeeSource!.Value), I64(200), U32(2), Transaction(), List(), U32(0));

    private static byte[] Hash(uint type, byte[] transaction) =>
        SHA256.HashData(Cat(TestLedger.Network.Id.ToArray(), U32(type), transaction));
}
