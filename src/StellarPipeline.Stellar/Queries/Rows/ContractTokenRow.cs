namespace StellarPipeline.Stellar.Queries.Rows;

/// <summary>A contract that is a token or may be one.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Contract">Its address.</param>
/// <param name="Type">SAC, sep41 or UNKNOWN.</param>
/// <param name="Code">Code of the asset, if it is an asset contract.</param>
/// <param name="Issuer">Issuer of that asset.</param>
/// <param name="Name">Name of the token.</param>
/// <param name="Symbol">Symbol of the token.</param>
/// <param name="Decimals">Digits after the decimal point.</param>
public sealed record ContractTokenRow(
    Guid Id,
    string Contract,
    string Type,
    string? Code,
    string? Issuer,
    string? Name,
    string? Symbol,
    int Decimals);
