using System.Text.Json.Serialization;

namespace StellarPipeline.Cli.Show;

/// <summary>A state change.</summary>
/// <param name="Closed">When its ledger closed.</param>
/// <param name="Ledger">The ledger.</param>
/// <param name="Transaction">Id of the transaction.</param>
/// <param name="Operation">Id of the operation; 0 for the fee.</param>
/// <param name="Account">The account whose state changed.</param>
/// <param name="Category">Category: what was changed.</param>
/// <param name="Reason">Reason: how it was changed.</param>
/// <param name="Amount">The amount; null if there is none.</param>
/// <param name="Asset">Asset of the amount; null if there is none.</param>
/// <param name="Words">The change in words.</param>
internal sealed record ChangeView(
    string Closed,
    uint Ledger,
    [property: JsonNumberHandling(JsonNumberHandling.WriteAsString)] long Transaction,
    [property: JsonNumberHandling(JsonNumberHandling.WriteAsString)] long Operation,
    string Account,
    string Category,
    string Reason,
    string? Amount,
    string? Asset,
    string Words);
