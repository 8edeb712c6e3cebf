using StellarPipeline.Generator.Checkpoints;

namespace StellarPipeline.LoadTest.Data;

/// <summary>The number of live entries of an archive, by type.</summary>
/// <param name="Accounts">ACCOUNT entries.</param>
/// <param name="Trustlines">TRUSTLINE entries to credit assets.</param>
/// <param name="Others">Entries of all other types together, including pool shares.</param>
/// <param name="Seed">The generator's seed; equal sizes and seeds give equal bytes.</param>
internal sealed record DatasetSize(int Accounts, int Trustlines, int Others, ulong Seed = 1)
{
    /// <summary>Two million accounts, four million trustlines, 600,000 others: about six million rows.</summary>
    public static DatasetSize Default { get; } = new(2_000_000, 4_000_000, 600_000);

    /// <summary>Another size with the proportions of <see cref="Default"/>.</summary>
    public static DatasetSize OfEntries(int entries)
    {
        int accounts = (int)(entries * 10L / 33);
        int trustlines = 2 * accounts;
        return new DatasetSize(accounts, trustlines, entries - accounts - trustlines);
    }

    /// <summary>Name of the folder in which this archive is kept.</summary>
    public string FolderName => FormattableString.Invariant($"{Accounts}-{Trustlines}-{Others}-seed-{Seed}");

    /// <summary>The generator's options. The other types have roughly the proportions of the public network.</summary>
    public GeneratorOptions ToGeneratorOptions()
    {
        int Share(int perThousand) => (int)((long)Others * perThousand / 1000);
        int pools = Share(15);
        return new GeneratorOptions
        {
            Accounts = Accounts,
            Trustlines = Trustlines,
            Offers = Share(250),
            DataEntries = Share(150),
            ClaimableBalances = Share(200),
            LiquidityPools = pools,
            PoolShareTrustlines = Share(100),
            Contracts = Share(20),
            ContractStorage = Share(50),
            ContractCodes = Share(2),
            SacContracts = Share(3),
            SacBalances = Share(70),
            Seed = Seed,
        };
    }
}
