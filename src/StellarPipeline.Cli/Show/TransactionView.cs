using System.Text.Json.Serialization;

namespace StellarPipeline.Cli.Show;

/// <summary>A transaction.</summary>
/// <param name="Transaction">Its id.</param>
/// <param name="Hash">Its hash.</param>
/// <param name="Ledger">Its ledger.</param>
/// <param name="Place">Its place in the ledger.</param>
/// <param name="Closed">When the ledger closed.</param>
/// <param name="Result">Its result.</param>
/// <param name="IsFeeBump">Whether it is a fee bump.</param>
/// <param name="Fee">The fee charged, in the native asset.</param>
/// <param name="Participants">Accounts that take part.</param>
/// <param name="Changes">State changes that belong to no operation: its fee.</param>
/// <param name="Operations">Its operations.</param>
internal sealed record TransactionView(
    [property: JsonNumberHandling(JsonNumberHandling.WriteAsString)] long Transaction,
    string Hash,
    uint Ledger,
    int Place,
    string Closed,
    string Result,
    bool IsFeeBump,
    string Fee,
    IReadOnlyList<string>? Participants,
    ListView<ChangeView>? Changes,
    ListView<OperationView>? Operations);
