using StellarPipeline.Generator.Ledgers;

namespace StellarPipeline.Generator.Network;

/// <summary>What network to simulate. Equal seeds and options give equal bytes.</summary>
public sealed record NetworkOptions
{
    /// <summary>The oldest protocol of a simulated network: since it, buckets hold no shadows.</summary>
    public const uint OldestProtocol = 12;

    /// <summary>
    /// The ledgers: protocol, sizes, rates. <see cref="LedgerGeneratorOptions.Seed"/> and <see cref="LedgerGeneratorOptions.FirstLedger"/>
    /// are not used: the seed is given apart, and the first ledger follows from <see cref="FirstCheckpoint"/>.
    /// </summary>
    public LedgerGeneratorOptions Ledgers { get; init; } = new() { Protocol = 25 };

    /// <summary>
    /// The checkpoint that the network stands at when it is made. (Ledger + 1) is divisible by <see cref="CheckpointFrequency"/>, and at
    /// least 2 × as large. Default 1,023.
    /// </summary>
    public uint FirstCheckpoint { get; init; } = 1_023;

    /// <summary>Ledgers per checkpoint: 64, or 8 for accelerated networks.</summary>
    public uint CheckpointFrequency { get; init; } = 64;

    /// <summary>How many in a thousand ledgers have no transactions. Default 150.</summary>
    public int EmptyLedgersPerThousand { get; init; } = 150;

    /// <summary>
    /// How many in a thousand ledgers close in the second of the ledger before, where the protocol counts milliseconds (30 and later).
    /// Default 300.
    /// </summary>
    public int SameSecondPerThousand { get; init; } = 300;

    /// <summary>How many in a thousand ledgers upgrade the base reserve, and how many a setting. Default 40.</summary>
    public int UpgradesPerThousand { get; init; } = 40;

    /// <summary>
    /// True lets the code and the instance of contracts be evicted and restored like their storage. A wallet's tables keep what they know
    /// of a contract when it is archived, so they hold more rows then than a checkpoint of the same ledger gives. Default false.
    /// </summary>
    public bool EvictsContracts { get; init; }

    internal uint FirstLedger => FirstCheckpoint - CheckpointFrequency + 1;

    internal void Check()
    {
        List<string> problems = [];
        Require(CheckpointFrequency is 8 or 64, $"CheckpointFrequency is {CheckpointFrequency}; it has to be 8 or 64.");
        Require(
            CheckpointFrequency == 0 || (((ulong)FirstCheckpoint + 1) % CheckpointFrequency == 0
                && (ulong)FirstCheckpoint + 1 >= 2UL * CheckpointFrequency && FirstCheckpoint <= int.MaxValue),
            $"FirstCheckpoint is {FirstCheckpoint}; (ledger + 1) has to be divisible by {CheckpointFrequency}, and at least twice as "
                + $"large.");
        Require(
            Ledgers.Protocol is >= OldestProtocol and <= LedgerGeneratorOptions.MaxProtocol,
            $"Ledgers.Protocol is {Ledgers.Protocol}; it has to be {OldestProtocol} to {LedgerGeneratorOptions.MaxProtocol}.");
        Rate(EmptyLedgersPerThousand, nameof(EmptyLedgersPerThousand));
        Rate(SameSecondPerThousand, nameof(SameSecondPerThousand));
        Rate(UpgradesPerThousand, nameof(UpgradesPerThousand));
        if (problems.Count > 0) GeneratorThrow.InvalidNetworkOptions(problems);

        void Rate(int value, string name) => Require(value is >= 0 and <= 1000, $"{name} is {value}; it has to be 0 to 1000.");

        void Require(bool isMet, string problem)
        {
            if (!isMet) problems.Add(problem);
        }
    }
}
