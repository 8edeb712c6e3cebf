using System.Text.Json.Serialization;

namespace StellarPipeline.Cli.Show;

/// <summary>An operation.</summary>
/// <param name="Operation">Its id.</param>
/// <param name="Place">Its place in the transaction.</param>
/// <param name="Type">Its type.</param>
/// <param name="Result">Its result.</param>
/// <param name="Participants">Accounts that take part.</param>
/// <param name="Xdr">The operation as XDR, in base 64.</param>
/// <param name="Changes">Its state changes.</param>
internal sealed record OperationView(
    [property: JsonNumberHandling(JsonNumberHandling.WriteAsString)] long Operation,
    int Place,
    string Type,
    string Result,
    IReadOnlyList<string>? Participants,
    string? Xdr,
    ListView<ChangeView>? Changes);
