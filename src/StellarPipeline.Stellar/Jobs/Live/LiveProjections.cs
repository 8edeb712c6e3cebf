using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Projections.State;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>The projections of a ledger, and the request for the tables they write.</summary>
internal static class LiveProjections
{
    /// <summary>Index of the facts of the ledger.</summary>
    public const int Facts = 0;

    /// <summary>Index of the history tables.</summary>
    public const int History = 1;

    /// <summary>Index of the current state.</summary>
    public const int State = 2;

    /// <summary>Creates the projections, in the order of their indexes.</summary>
    /// <param name="network">The network.</param>
    /// <param name="options">The options of the run.</param>
    public static IReadOnlyList<IProjection<LedgerView>> Create(StellarNetwork network, LiveOptions options) =>
    [
        new FactsProjection(),
        new HistoryTablesProjection(network) { AllowNewerProtocol = options.AllowNewerProtocol },
        new StateProjection(network),
    ];

    /// <summary>The request of a transaction: its tables in the order in which they are written.</summary>
    /// <param name="projections">The projections of <see cref="Create"/>.</param>
    public static LoadRequest Request(IReadOnlyList<IProjection<LedgerView>> projections) => new()
    {
        Tables = [.. StateTables.Assets, .. StateTables.Contracts, .. HistoryTables.All, .. StateTables.Balances],
        Expected = [.. projections.SelectMany(static projection => projection.Expected)],
        Writers = StateTables.Writers,
        Access = TableAccess.Shared,
        ForeignKeys = new ForeignKeyOptions { WritesParentsFirst = true, UpdatesRows = true, RemovesRows = true },
    };
}
