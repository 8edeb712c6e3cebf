using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>What the strategies that let PostgreSQL check the keys have in common.</summary>
internal abstract class CheckedStrategy : ForeignKeyStrategy
{
    private readonly CheckedKeys checks;

    private protected CheckedStrategy(
        string name, StrategyFacts facts, ForeignKeyCatalog catalog, IAuditSink? audit, ForeignKeyOptions? options)
        : base(name, facts, catalog, audit, options) => checks = new CheckedKeys(Options, Audit);

    /// <inheritdoc/>
    internal override bool FinishesInOneBatch => Load is not null && checks.AreChecked;

    /// <summary>Makes sure that PostgreSQL checks the keys.</summary>
    private protected Task StartChecksAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        checks.StartAsync(connection, Catalog, Rights!, AreSettingsKnown, cancellationToken);

    private protected override Task EndAndFinishAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        FinishesInOneBatch
            ? checks.FinishTogetherAsync(Load!, EndBinding(connection), Catalog, Name, cancellationToken)
            : base.EndAndFinishAsync(connection, cancellationToken);

    private protected override Task FinishAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        checks.FinishAsync(connection, Catalog, cancellationToken);
}
