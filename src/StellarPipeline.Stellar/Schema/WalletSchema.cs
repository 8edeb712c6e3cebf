using StellarPipeline.Postgres.Migrations;

namespace StellarPipeline.Stellar.Schema;

/// <summary>The migrations that make the wallet tables, built into this assembly from the folder <c>schema</c>.</summary>
public static class WalletSchema
{
    /// <summary>Tracking table of the files that wallet-backend does not have: its tool refuses a database whose own table names a file
    /// unknown to it.</summary>
    public const string ExtraTrackingTable = "pipeline_migrations";

    /// <summary>
    /// The tables of stellar/wallet-backend at commit bdb934bc that are not hypertables, under its file names, tracked where its tool
    /// looks.
    /// </summary>
    public static MigrationSet Main { get; } = new(MigrationSource.FromEmbeddedResources(typeof(WalletSchema).Assembly, "schema/"));

    /// <summary>
    /// Tables that wallet-backend had before: channel accounts, keypairs, contract tokens of accounts. They need <see cref="Main"/>.
    /// </summary>
    public static MigrationSet Extra { get; } =
        new(MigrationSource.FromEmbeddedResources(typeof(WalletSchema).Assembly, "schema/extra/"), ExtraTrackingTable);

    /// <summary>Both sets, in the order in which they are applied.</summary>
    public static IReadOnlyList<MigrationSet> Migrations { get; } = [Main, Extra];
}
