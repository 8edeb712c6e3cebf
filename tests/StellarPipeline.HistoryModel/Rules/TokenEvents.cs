using StellarPipeline.HistoryModel.Decoding;

namespace StellarPipeline.HistoryModel.Rules;

/// <summary>What a token event says happened.</summary>
public enum TokenEventKind
{
    Transfer,
    Mint,
    Burn,
    Clawback,
}

/// <summary>A movement of a token; a mint has no From, a burn and a clawback have no To.</summary>
public sealed record TokenEvent(TokenEventKind Kind, Asset Asset, string? From, string? To, Int128 Amount)
{
    /// <summary>A transfer, or where exactly one end is the issuer, a mint or a burn.</summary>
    public static TokenEvent Move(Asset asset, string from, string to, Int128 amount)
    {
        bool fromIssuer = asset.Issuer is not null && from == asset.Issuer;
        bool toIssuer = asset.Issuer is not null && to == asset.Issuer;
        if (fromIssuer && !toIssuer) return new(TokenEventKind.Mint, asset, null, to, amount);
        if (toIssuer && !fromIssuer) return new(TokenEventKind.Burn, asset, from, null, amount);
        return new(TokenEventKind.Transfer, asset, from, to, amount);
    }
}
