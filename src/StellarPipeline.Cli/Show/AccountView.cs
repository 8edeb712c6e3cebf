using System.Text.Json.Serialization;

namespace StellarPipeline.Cli.Show;

/// <summary>The rows of an account or contract.</summary>
/// <param name="Account">Its address.</param>
/// <param name="Muxed">The muxed address that was given; null for a plain one.</param>
/// <param name="MuxedId">The id in the muxed address.</param>
/// <param name="Ledger">The newest ledger in the tables.</param>
/// <param name="Native">Its native balance.</param>
/// <param name="Token">The token, if the contract is one.</param>
/// <param name="Trustlines">Its trustlines.</param>
/// <param name="Pools">Its pool shares.</param>
/// <param name="Assets">The contract's balances of classic assets.</param>
/// <param name="Tokens">Its balances of SEP-41 tokens.</param>
/// <param name="ContractTokens">Tokens that occur in its history.</param>
/// <param name="Allowances">Allowances that it has given to others.</param>
/// <param name="Changes">Its state changes, the newest first.</param>
internal sealed record AccountView(
    string Account,
    string? Muxed,
    [property: JsonNumberHandling(JsonNumberHandling.WriteAsString)] ulong? MuxedId,
    uint? Ledger,
    NativeView? Native,
    TokenView? Token,
    ListView<TrustlineView>? Trustlines,
    ListView<PoolView>? Pools,
    ListView<TokenView>? Assets,
    ListView<TokenView>? Tokens,
    ListView<TokenView>? ContractTokens,
    ListView<AllowanceView>? Allowances,
    ListView<ChangeView>? Changes);
