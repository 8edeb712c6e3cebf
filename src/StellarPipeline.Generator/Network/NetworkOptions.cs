using StellarPipeline.Generator.Ledgers;

namespace StellarPipeline.Generator.Network;

/// <summary>Describes the network to simulate. Equal seeds and options give equal bytes.</summary>
public sealed record NetworkOptions
{
    /// <summary>The oldest protocol of a simulated network: from it on, buckets have no shadows.</summary>
    public const uint OldestProtocol = 12;

    /// <summary>
    /// The ledgers: protocol, sizes, rates. <see cref="LedgerGeneratorOptions.Seed"/> and <see cref="LedgerGeneratorOptions.FirstLedger"/>
    /// are ignored: the seed is a separate argument, and the first ledger follows from <see cref="FirstCheckpoint"/>.
    /// </summary>
    public LedgerGeneratorOptions Ledgers { get; init; } = new() { Protocol = 25 };

    /// <summary>
    /// The checkpoint at which a created network stands. (FirstCheckpoint + 1) must be divisible by <see cref="CheckpointFrequency"/> and
    /// at least twice as large. Default 1,023.
    /// </summary>
    public uint FirstCheckpoint { get; init; } = 1_023;

    /// <summary>Ledgers per checkpoint: 64, or 8 for accelerated networks. Default 64.</summary>
    public uint CheckpointFrequency { get; init; } = 64;

    /// <summary>Ledgers without transactions, per thousand, 0 to 1000. Default 150.</summary>
    public int EmptyLedgersPerThousand { get; init; } = 150;

    /// <summary>
    /// Ledgers that close in the same second as the previous ledger, per thousand, 0 to 1000, if the protocol has milliseconds (30 and
    /// later). Default 300.
    /// </summary>
    public int SameSecondPerThousand { get; init; } = 300;

    /// <summary>Ledgers that upgrade the base reserve, and ledgers that upgrade a setting, per thousand, 0 to 1000. Default 40.</summary>
    public int UpgradesPerThousand { get; init; } = 40;

    /// <summary>
    /// True lets the code and the instance of contracts be evicted and restored like their storage. The wallet tables keep the rows of an
    /// archived contract, so they have more rows then than a load of a checkpoint of the same ledger. Default false.
    /// </summary>
    public bool EvictsContracts { get; init; }

    internal uint FirstLedger => FirstCheckpoint - CheckpointFrequency + 1;

    internal void Check()
    {
        List<string> problems = [];
        Require(CheckpointFrequency is 8 or 64, $"CheckpointFrequency is {CheckpointFrequency}; it must be 8 or 64.");
        Require(
            CheckpointFrequency == 0 || (((ulong)FirstCheckpoint + 1) % CheckpointFrequency == 0
                && (ulong)FirstCheckpoint + 1 >= 2UL * CheckpointFrequency && FirstCheckpoint <= int.MaxValue),
            $"FirstCheckpoint is {FirstCheckpoint}; (FirstCheckpoint + 1) must be divisible by {CheckpointFrequency} and at least "
                + "twice as large.");
        Require(
            Ledgers.Protocol is >= OldestProtocol and <= LedgerGeneratorOptions.MaxProtocol,
            $"Ledgers.Protocol is {Ledgers.Protocol}; it must be {OldestProtocol} to {LedgerGeneratorOptions.MaxProtocol}.");
        Rate(EmptyLedgersPerThousand, nameof(EmptyLedgersPerThousand));
        Rate(SameSecondPerThousand, nameof(SameSecondPerThousand));
        Rate(UpgradesPerThousand, nameof(UpgradesPerThousand));
        if (problems.Count > 0) GeneratorThrow.InvalidNetworkOptions(problems);

        void Rate(int value, string name) => Require(value is >= 0 and <= 1000, $"{name} is {value}; it must be 0 to 1000.");

        void Require(bool isMet, string problem)
        {
            if (!isMet) problems.Add(problem);
        }
    }
}
