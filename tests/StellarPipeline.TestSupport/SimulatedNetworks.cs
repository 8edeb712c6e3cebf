using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Generator.Network;

namespace StellarPipeline.TestSupport;

/// <summary>
/// Options of simulated networks by seed: protocols, upgrades, rates and sizes vary. The networks are small, with checkpoints of 8 ledgers.
/// </summary>
public static class SimulatedNetworks
{
    private static readonly uint[] Protocols = [30, 23, 25, 24, 30, 22, 26, 29, 21, 28, 27, 20, 18, 14, 30, 13];

    /// <summary>Ledgers per checkpoint of these networks.</summary>
    public const int CheckpointFrequency = 8;

    /// <summary>Creates a network whose last closed ledger ends its first checkpoint.</summary>
    public static SimulatedNetwork Create(int seed) => SimulatedNetwork.Create((ulong)seed, Options(seed));

    /// <summary>Options of a seed.</summary>
    public static NetworkOptions Options(int seed) => new()
    {
        Ledgers = new LedgerGeneratorOptions
        {
            Protocol = Protocols[seed % Protocols.Length],
            UpgradeAfter = seed % 5 == 0 ? 6 : 0,
            Transactions = 4 + (seed % 6),
            MaxOperations = 1 + (seed % 7),
            SorobanPerThousand = 150 + (seed % 4 * 250),
            Accounts = 24,
            Assets = 5,
            WarmUpOperations = 150,
        },
        CheckpointFrequency = CheckpointFrequency,
        FirstCheckpoint = CheckpointFrequency - 1 + (CheckpointFrequency * (1 + ((uint)seed * 37 % 1000))),
        UpgradesPerThousand = seed % 3 * 100,
        EvictsContracts = seed % 2 == 0,
    };
}
