using StellarPipeline.Generator.Checkpoints;

namespace StellarPipeline.LoadTest.Data;

/// <summary>How many live entries an archive has.</summary>
/// <param name="Accounts">ACCOUNT entries.</param>
/// <param name="Trustlines">TRUSTLINE entries to credit assets.</param>
/// <param name="Others">Entries of all other types together, pool shares included.</param>
/// <param name="Seed">Equal sizes and seeds give equal bytes.</param>
internal sealed record DatasetSize(int Accounts, int Trustlines, int Others, ulong Seed = 1)
{
    /// <summary>Two million accounts, four million trustlines, 600,000 others: about six million rows.</summary>
    public static DatasetSize Default { get; } = new(2_000_000, 4_000_000, 600_000);

    /// <summary>The proportions of <see cref="Default"/> at another size.</summary>
    public static DatasetSize OfEntries(int entries)
    {
        int accounts = (int)(entries * 10L / 33);
        int trustlines = 2 * accounts;
        return new DatasetSize(accounts, trustlines, entries - accounts - trustlines);
    }

    /// <summary>Name of the folder that keeps this archive.</summary>
    public string FolderName => FormattableString.Invariant($"{Accounts}-{Trustlines}-{Others}-seed-{Seed}");

    /// <summary>What the generator is asked for. The other types keep rough proportions of the public network.</summary>
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
