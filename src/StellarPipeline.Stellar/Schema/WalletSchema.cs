using StellarPipeline.Postgres.Migrations;

namespace StellarPipeline.Stellar.Schema;

/// <summary>The migrations for the wallet tables, embedded in this assembly from the folder <c>schema</c>.</summary>
public static class WalletSchema
{
    /// <summary>
    /// Tracking table for the files that wallet-backend does not have: its tool refuses a database whose own tracking table has a file that
    /// it does not know.
    /// </summary>
    public const string ExtraTrackingTable = "pipeline_migrations";

    /// <summary>
    /// The tables of stellar/wallet-backend at commit bdb934bc that are not hypertables, with its file names, tracked in its own table.
    /// </summary>
    public static MigrationSet Main { get; } = new(MigrationSource.FromEmbeddedResources(typeof(WalletSchema).Assembly, "schema/"));

    /// <summary>
    /// Tables of older versions of wallet-backend: channel accounts, keypairs, contract tokens of accounts. They need <see cref="Main"/>.
    /// </summary>
    public static MigrationSet Extra { get; } =
        new(MigrationSource.FromEmbeddedResources(typeof(WalletSchema).Assembly, "schema/extra/"), ExtraTrackingTable);

    /// <summary>Both sets, in the order in which they are applied.</summary>
    public static IReadOnlyList<MigrationSet> Migrations { get; } = [Main, Extra];
}
