namespace StellarPipeline.Cli.Show;

/// <summary>A state change.</summary>
/// <param name="Closed">When its ledger closed.</param>
/// <param name="Ledger">The ledger.</param>
/// <param name="Transaction">Id of the transaction.</param>
/// <param name="Operation">Id of the operation; 0 for the fee.</param>
/// <param name="Account">Whose state it is.</param>
/// <param name="Category">What was changed.</param>
/// <param name="Reason">How.</param>
/// <param name="Amount">How much.</param>
/// <param name="Asset">Of what.</param>
/// <param name="Words">In words.</param>
internal sealed record ChangeView(
    string Closed,
    uint Ledger,
    long Transaction,
    long Operation,
    string Account,
    string Category,
    string Reason,
    string? Amount,
    string? Asset,
    string Words);
