using StellarPipeline.Generator.Ledgers;

namespace StellarPipeline.History.Tests.Generated;

/// <summary>Options of generated ledgers by seed: protocols, rates and shapes in turn.</summary>
public static class GeneratedLedgers
{
    private static readonly uint[] Protocols = [1, 5, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
        30];

    /// <summary>Options of a seed.</summary>
    public static LedgerGeneratorOptions Options(int seed) => new()
    {
        Seed = (ulong)seed,
        Protocol = Protocols[seed % Protocols.Length],
        UpgradeAfter = seed % 3 == 0 ? 1 : 0,
        FirstLedger = 3 + ((uint)seed * 977),
        Transactions = seed % 7 == 0 ? 0 : 12,
        MaxOperations = 1 + (seed % 9),
        SorobanPerThousand = seed % 4 * 250,
        FailuresPerThousand = seed % 5 * 150,
        Accounts = 24,
        Assets = 6,
        WarmUpOperations = 120,
        OddFeesPerThousand = seed % 11 == 0 ? 200 : 0,
    };
}
