using System.Globalization;
using System.Numerics;
using StellarPipeline.Cli.Output;
using StellarPipeline.Stellar;
using StellarPipeline.Stellar.Queries.Rows;
using StellarPipeline.Xdr;

namespace StellarPipeline.Cli.Show;

/// <summary>
/// Names and decimals of tokens. If the tables do not contain the decimals, amounts are shown in the smallest unit, because a decimal
/// point in the wrong place would show a wrong amount.
/// </summary>
/// <param name="tokens">The rows of contract_tokens.</param>
/// <param name="network">The network of the database; null if it is not recorded.</param>
internal sealed class TokenNames(IReadOnlyDictionary<string, ContractTokenRow> tokens, StellarNetwork? network)
{
    // The contract of the native asset is not among the tokens. Its id follows from the network and from nothing else, so the contracts of
    // the known networks are recognized in any database, and that of another network only if the database records the network.
    private readonly HashSet<string> native =
    [
        .. new[] { StellarNetwork.Pubnet, StellarNetwork.Testnet, StellarNetwork.Futurenet, network ?? StellarNetwork.Pubnet }.Select(
            known => StrKey.Encode(StrKeyKind.Contract, known.NativeContractId)),
    ];

    /// <summary>The token of a row of contract_tokens, with a balance if one is given.</summary>
    public static TokenView View(ContractTokenRow token, BigInteger? units = null, string? balance = null, string? note = null) => new(
        token.Contract, token.Type, NameOf(token), token.Decimals, balance ?? (units is { } held ? Text(held, DecimalsOf(token)) : null),
        note);

    /// <summary>The name of a contract's token: CODE:ISSUER, native, or its symbol with its contract.</summary>
    public string Name(string contract)
    {
        if (native.Contains(contract)) return "native";
        if (!tokens.TryGetValue(contract, out ContractTokenRow? token) || NameOf(token) is not { } name) return contract;
        return token.Type == "SAC" ? name : $"{name} ({contract})";
    }

    /// <summary>An amount of a contract's token.</summary>
    public string Amount(string contract, string units)
    {
        int? decimals = native.Contains(contract)
            ? AmountText.Decimals
            : tokens.TryGetValue(contract, out ContractTokenRow? token) ? DecimalsOf(token) : null;
        return Text(BigInteger.Parse(units, CultureInfo.InvariantCulture), decimals);
    }

    /// <summary>An amount of a token.</summary>
    public static string Text(ContractTokenRow token, BigInteger units) => Text(units, DecimalsOf(token));

    private static string Text(BigInteger units, int? decimals) =>
        decimals is { } known ? AmountText.Fixed(units, known) : $"{units.ToString(CultureInfo.InvariantCulture)} units of";

    // The decimals of a contract of type UNKNOWN have not been read yet.
    private static int? DecimalsOf(ContractTokenRow token) => token.Type == "UNKNOWN" && token.Name is null ? null : token.Decimals;

    private static string? NameOf(ContractTokenRow token) =>
        token is { Type: "SAC", Code: { } code, Issuer: { } issuer } ? $"{code}:{issuer}" : token.Symbol ?? token.Name;
}
