using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Projections.State;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>What a ledger becomes, and what is asked of the tables.</summary>
internal static class LiveProjections
{
    /// <summary>Index of what is noted of the ledger.</summary>
    public const int Facts = 0;

    /// <summary>Index of the history tables.</summary>
    public const int History = 1;

    /// <summary>Index of the current state.</summary>
    public const int State = 2;

    /// <summary>Makes the projections, in the order of their indexes.</summary>
    /// <param name="network">The network.</param>
    /// <param name="options">How it is followed.</param>
    public static IReadOnlyList<IProjection<LedgerView>> Create(StellarNetwork network, LiveOptions options) =>
    [
        new FactsProjection(),
        new HistoryTablesProjection(network) { AllowNewerProtocol = options.AllowNewerProtocol },
        new StateProjection(network),
    ];

    /// <summary>What a transaction does to which tables, in the order of its steps.</summary>
    /// <param name="projections">As <see cref="Create"/> made them.</param>
    public static LoadRequest Request(IReadOnlyList<IProjection<LedgerView>> projections) => new()
    {
        Tables = [.. StateTables.Assets, .. StateTables.Contracts, .. HistoryTables.All, .. StateTables.Balances],
        Expected = [.. projections.SelectMany(static projection => projection.Expected)],
        Writers = StateTables.Writers,
        Access = TableAccess.Shared,
        ForeignKeys = new ForeignKeyOptions { WritesParentsFirst = true, UpdatesRows = true, RemovesRows = true },
    };
}
