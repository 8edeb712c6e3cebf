namespace StellarPipeline.Generator.Ledgers;

/// <summary>What ledgers to make. Equal options give equal bytes.</summary>
public sealed record LedgerGeneratorOptions
{
    /// <summary>The highest protocol that the generator knows.</summary>
    public const uint MaxProtocol = 30;

    /// <summary>The seed of every choice.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The network's passphrase, which transaction hashes and contract ids hang on.</summary>
    public string Passphrase { get; init; } = "Test SDF Network ; September 2015";

    /// <summary>The first ledger, 3 or later.</summary>
    public uint FirstLedger { get; init; } = 1000;

    /// <summary>The protocol of all ledgers, 1 to <see cref="MaxProtocol"/>; see also <see cref="UpgradeAfter"/>.</summary>
    public uint Protocol { get; init; } = 23;

    /// <summary>
    /// After how many ledgers the next protocol comes, 0 for never. The ledger that upgrades still has the header form of the protocol
    /// before.
    /// </summary>
    public int UpgradeAfter { get; init; }

    /// <summary>Transactions in a ledger, 0 or more.</summary>
    public int Transactions { get; init; } = 20;

    /// <summary>The most operations of a classic transaction, 1 to 100.</summary>
    public int MaxOperations { get; init; } = 6;

    /// <summary>How many in a thousand transactions are Soroban transactions, where the protocol has them.</summary>
    public int SorobanPerThousand { get; init; } = 300;

    /// <summary>How many in a thousand transactions fail. Those whose source was merged before their turn fail besides.</summary>
    public int FailuresPerThousand { get; init; } = 150;

    /// <summary>How many in a thousand transactions are fee bumps, where the protocol has them.</summary>
    public int FeeBumpsPerThousand { get; init; } = 150;

    /// <summary>How many in a thousand accounts are written muxed, where the protocol has it.</summary>
    public int MuxedPerThousand { get; init; } = 150;

    /// <summary>Accounts at the start, 4 or more.</summary>
    public int Accounts { get; init; } = 40;

    /// <summary>Credit assets at the start, 1 or more.</summary>
    public int Assets { get; init; } = 8;

    /// <summary>Operations that shape the state before the first ledger.</summary>
    public int WarmUpOperations { get; init; } = 200;

    /// <summary>
    /// The version of TransactionMeta, 0 to 4; null takes one that the protocol can have, per ledger: a node that replays old ledgers may
    /// write version 4. Version 0 and, before protocol 10, version 1 are ledgers that wallet-backend refuses.
    /// </summary>
    public int? MetaVersion { get; init; }

    /// <summary>How many in a thousand transactions have a fee that no network takes: nothing, or less than nothing.</summary>
    public int OddFeesPerThousand { get; init; }

    /// <summary>How many in a thousand operations before protocol 8 move lumens that their operation does not tell of.</summary>
    public int UntoldMovesPerThousand { get; init; } = 50;

    /// <summary>
    /// How many in a thousand failed operations of protocol 26 and later fail with the "trustline frozen" codes, which are valid, but at
    /// which wallet-backend gives up the whole ledger.
    /// </summary>
    public int FrozenTrustlinesPerThousand { get; init; }

    /// <summary>Unix seconds of the first ledger's close.</summary>
    public ulong FirstCloseTime { get; init; } = 1_735_689_600;

    internal void Check()
    {
        List<string> problems = [];
        void Bound(long value, long low, long high, string name)
        {
            if (value < low || value > high) problems.Add($"{name} is {value}; it has to be {low} to {high}.");
        }

        Bound(FirstLedger, 3, int.MaxValue, nameof(FirstLedger));
        Bound(Protocol, 1, MaxProtocol, nameof(Protocol));
        Bound(UpgradeAfter, 0, int.MaxValue, nameof(UpgradeAfter));
        Bound(Transactions, 0, 1 << 20, nameof(Transactions));
        Bound(MaxOperations, 1, 100, nameof(MaxOperations));
        Bound(SorobanPerThousand, 0, 1000, nameof(SorobanPerThousand));
        Bound(FailuresPerThousand, 0, 1000, nameof(FailuresPerThousand));
        Bound(FeeBumpsPerThousand, 0, 1000, nameof(FeeBumpsPerThousand));
        Bound(MuxedPerThousand, 0, 1000, nameof(MuxedPerThousand));
        Bound(OddFeesPerThousand, 0, 1000, nameof(OddFeesPerThousand));
        Bound(UntoldMovesPerThousand, 0, 1000, nameof(UntoldMovesPerThousand));
        Bound(FrozenTrustlinesPerThousand, 0, 1000, nameof(FrozenTrustlinesPerThousand));
        Bound(Accounts, 4, 10_000_000, nameof(Accounts));
        Bound(Assets, 1, 1_000_000, nameof(Assets));
        Bound(WarmUpOperations, 0, 10_000_000, nameof(WarmUpOperations));
        Bound(MetaVersion ?? 0, 0, 4, nameof(MetaVersion));
        if (problems.Count > 0) GeneratorThrow.InvalidLedgerOptions(problems);
    }
}
