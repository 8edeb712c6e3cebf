namespace StellarPipeline.Generator.Ledgers;

/// <summary>Describes the ledgers to make. Equal options give equal bytes.</summary>
public sealed record LedgerGeneratorOptions
{
    /// <summary>The highest protocol that the generator knows.</summary>
    public const uint MaxProtocol = 30;

    /// <summary>The seed of all pseudo-random choices. Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The network's passphrase; transaction hashes and contract ids depend on it. Default: that of the test network.</summary>
    public string Passphrase { get; init; } = "Test SDF Network ; September 2015";

    /// <summary>The first ledger, 3 or later. Default 1000.</summary>
    public uint FirstLedger { get; init; } = 1000;

    /// <summary>The protocol, 1 to <see cref="MaxProtocol"/>; see also <see cref="UpgradeAfter"/>. Default 23.</summary>
    public uint Protocol { get; init; } = 23;

    /// <summary>
    /// Number of ledgers after which the network upgrades to the next protocol; 0 (default) for never. The header of the ledger that
    /// upgrades still has the form of the previous protocol.
    /// </summary>
    public int UpgradeAfter { get; init; }

    /// <summary>Transactions per ledger, 0 to 1,048,576. Default 20.</summary>
    public int Transactions { get; init; } = 20;

    /// <summary>Most operations of a classic transaction, 1 to 100. Default 6.</summary>
    public int MaxOperations { get; init; } = 6;

    /// <summary>Soroban transactions per thousand, 0 to 1000, if the protocol has them. Default 300.</summary>
    public int SorobanPerThousand { get; init; } = 300;

    /// <summary>Failing transactions per thousand, 0 to 1000, besides those whose source was merged before. Default 150.</summary>
    public int FailuresPerThousand { get; init; } = 150;

    /// <summary>Fee bumps per thousand transactions, 0 to 1000, if the protocol has them. Default 150.</summary>
    public int FeeBumpsPerThousand { get; init; } = 150;

    /// <summary>Accounts written as muxed accounts, per thousand, 0 to 1000, if the protocol has them. Default 150.</summary>
    public int MuxedPerThousand { get; init; } = 150;

    /// <summary>Accounts at the start, 4 to 10,000,000. Default 40.</summary>
    public int Accounts { get; init; } = 40;

    /// <summary>Credit assets at the start, 1 to 1,000,000. Default 8.</summary>
    public int Assets { get; init; } = 8;

    /// <summary>Operations before the first ledger, which vary its initial state, 0 to 10,000,000. Default 200.</summary>
    public int WarmUpOperations { get; init; } = 200;

    /// <summary>
    /// The version of TransactionMeta, 0 to 4; null (default) chooses for each ledger a version that is possible with its protocol: a node
    /// that replays old ledgers may write version 4. wallet-backend refuses ledgers with version 0 and, before protocol 10, with version 1.
    /// </summary>
    public int? MetaVersion { get; init; }

    /// <summary>Transactions with a fee that no network charges, 0 or less, per thousand, 0 to 1000. Default 0.</summary>
    public int OddFeesPerThousand { get; init; }

    /// <summary>Operations before protocol 8 that also change a balance in a way they do not describe, per thousand. Default 50.</summary>
    public int UntoldMovesPerThousand { get; init; } = 50;

    /// <summary>
    /// Failed operations of protocol 26 and later with the result code "trustline frozen", per thousand, 0 to 1000. The code is valid, but
    /// wallet-backend fails on the whole ledger. Default 0.
    /// </summary>
    public int FrozenTrustlinesPerThousand { get; init; }

    /// <summary>Close time of the first ledger, Unix seconds. Default 2025-01-01 00:00 UTC.</summary>
    public ulong FirstCloseTime { get; init; } = 1_735_689_600;

    internal void Check()
    {
        List<string> problems = [];
        void Bound(long value, long low, long high, string name)
        {
            if (value < low || value > high) problems.Add($"{name} is {value}; it must be {low} to {high}.");
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
