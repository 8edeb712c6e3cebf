namespace StellarPipeline.Cli.Show;

/// <summary>A token of a contract, or what is held of it.</summary>
/// <param name="Contract">The contract.</param>
/// <param name="Type">SAC, sep41 or UNKNOWN.</param>
/// <param name="Name">The asset, or name or symbol of the token.</param>
/// <param name="Decimals">Digits behind the point.</param>
/// <param name="Balance">What is held; null where that is not the question.</param>
/// <param name="Note">What else is to be said.</param>
internal sealed record TokenView(
    string Contract,
    string Type,
    string? Name,
    int Decimals,
    string? Balance,
    string? Note);
