using StellarPipeline.Stellar.Schema;

namespace StellarPipeline.Stellar.Tests.Schema;

public sealed class WalletSchemaTests
{
    [Fact]
    public void Migrations_BuiltIn_AreTheFilesOfBothFolders()
    {
        Assert.Equal([WalletSchema.Main, WalletSchema.Extra], WalletSchema.Migrations);
        Assert.Equal("gorp_migrations", WalletSchema.Main.TrackingTable);
        Assert.Equal("pipeline_migrations", WalletSchema.Extra.TrackingTable);
        Assert.Equal(14, WalletSchema.Main.Source.Migrations.Count);
        Assert.Equal("2024-04-29.0-initial.sql", WalletSchema.Main.Source.Migrations[0].Name);
        Assert.Equal("2026-07-02.1-liquidity_pool_balances.sql", WalletSchema.Main.Source.Migrations[^1].Name);
        Assert.Equal(
            ["2024-06-12.0-channe_accounts.sql", "2024-08-07.0-keypairs.sql", "2025-01-22.0-add_locked_tx_hash_to_channel_accounts.sql",
                "2025-06-10.1-create_set_updated_at_triggers.sql", "2026-01-12.1-account_contract_tokens.sql",
                "2026-11-28.0-own_updated_at_function.sql", "2026-11-28.1-protocol_sep41.sql"],
            WalletSchema.Extra.Source.Migrations.Select(migration => migration.Name));
        Assert.All(WalletSchema.Migrations.SelectMany(set => set.Source.Migrations), migration =>
            Assert.True(migration.UpInTransaction && migration.DownInTransaction));
    }
}
