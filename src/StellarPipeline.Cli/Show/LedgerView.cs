namespace StellarPipeline.Cli.Show;

/// <summary>A ledger.</summary>
/// <param name="Ledger">The ledger.</param>
/// <param name="Closed">When it closed.</param>
/// <param name="Transactions">Its transactions.</param>
internal sealed record LedgerView(
    uint Ledger,
    string Closed,
    ListView<TransactionView> Transactions);
