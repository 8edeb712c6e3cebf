namespace StellarPipeline.Cli.Show;

/// <summary>A token of a contract, with a balance if an account is shown.</summary>
/// <param name="Contract">The contract.</param>
/// <param name="Type">SAC, sep41 or UNKNOWN.</param>
/// <param name="Name">The asset, or name or symbol of the token.</param>
/// <param name="Decimals">Digits after the decimal point.</param>
/// <param name="Balance">The balance; null if none is shown.</param>
/// <param name="Note">A note; null for none.</param>
internal sealed record TokenView(
    string Contract,
    string Type,
    string? Name,
    int Decimals,
    string? Balance,
    string? Note);
