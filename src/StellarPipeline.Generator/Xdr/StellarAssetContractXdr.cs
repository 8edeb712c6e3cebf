using System.Text;

namespace StellarPipeline.Generator.Xdr;

/// <summary>Encodes the storage of the built-in Stellar asset contract (SAC): its instance and its balances.</summary>
/// <remarks>
/// Formats: rs-soroban-env, soroban-env-host/src/builtin_contracts/stellar_asset_contract (contract, asset_info, metadata, balance,
/// storage_types).
/// </remarks>
internal static class StellarAssetContractXdr
{
    /// <summary>
    /// The instance of a credit asset's contract, as the host writes it: the code with its trailing zeros, 4 or 12 bytes long.
    /// </summary>
    /// <param name="code">Asset code, 1 to 12 ASCII characters.</param>
    /// <param name="issuer">The issuer's public key, 32 bytes; also becomes the admin.</param>
    /// <param name="issuerText">The issuer as strkey, for the name; null makes the name the code alone.</param>
    /// <param name="trimCode">True writes the code without its trailing zeros, as Go's test helpers do and no network does.</param>
    /// <param name="executable">The contract's executable, see <see cref="ExecutableXdr"/>; null for the built-in contract. Any other makes
    /// a forged contract.</param>
    /// <returns>An encoded SCVal, arm 19.</returns>
    public static byte[] Instance(
        string code, ReadOnlySpan<byte> issuer, string? issuerText = null, bool trimCode = false, byte[]? executable = null)
    {
        ArgumentNullException.ThrowIfNull(code);
        byte[] codeBytes = Encoding.ASCII.GetBytes(code);
        if (!trimCode) Array.Resize(ref codeBytes, code.Length <= 4 ? 4 : 12);
        byte[] info = ScValueXdr.Vec(
            ScValueXdr.Symbol(code.Length <= 4 ? "AlphaNum4" : "AlphaNum12"),
            ScValueXdr.Map(
                (ScValueXdr.Symbol("asset_code"), ScValueXdr.Text(codeBytes)),
                (ScValueXdr.Symbol("issuer"), ScValueXdr.Bytes(issuer))));
        return ScValueXdr.Instance(
            executable ?? ExecutableXdr.StellarAsset(),
            hasStorage: true,
            (ScValueXdr.Symbol("METADATA"), Metadata(issuerText is null ? code : $"{code}:{issuerText}", code)),
            (ScValueXdr.Vec(ScValueXdr.Symbol("Admin")), ScValueXdr.Address(ScAddressXdr.Account(issuer))),
            (ScValueXdr.Vec(ScValueXdr.Symbol("AssetInfo")), info));
    }

    /// <summary>The instance of the native asset's contract: no admin.</summary>
    /// <returns>An encoded SCVal, arm 19.</returns>
    public static byte[] NativeInstance() => ScValueXdr.Instance(
        ExecutableXdr.StellarAsset(),
        hasStorage: true,
        (ScValueXdr.Symbol("METADATA"), Metadata("native", "native")),
        (ScValueXdr.Vec(ScValueXdr.Symbol("AssetInfo")), ScValueXdr.Vec(ScValueXdr.Symbol("Native"))));

    /// <summary>The storage key of a holder's balance: a vector of the symbol Balance and the holder's address.</summary>
    /// <param name="holderContractId">The holder contract's id, 32 bytes.</param>
    /// <returns>An encoded SCVal, arm 16.</returns>
    public static byte[] BalanceKey(ReadOnlySpan<byte> holderContractId) => BalanceKeyOfAddress(ScAddressXdr.Contract(holderContractId));

    /// <summary>The storage key of a balance whose holder is any address.</summary>
    /// <param name="holder">An encoded SCAddress.</param>
    /// <returns>An encoded SCVal, arm 16.</returns>
    public static byte[] BalanceKeyOfAddress(ReadOnlySpan<byte> holder) =>
        ScValueXdr.Vec(ScValueXdr.Symbol("Balance"), ScValueXdr.Address(holder));

    /// <summary>The value of a balance: a map of amount, authorized, clawback.</summary>
    /// <param name="amount">Stroops.</param>
    /// <param name="authorized">Whether the holder may move it.</param>
    /// <param name="clawback">Whether the issuer may take it back.</param>
    /// <returns>An encoded SCVal, arm 17.</returns>
    public static byte[] Balance(Int128 amount, bool authorized = true, bool clawback = false) => ScValueXdr.Map(
        (ScValueXdr.Symbol("amount"), ScValueXdr.I128(amount)),
        (ScValueXdr.Symbol("authorized"), ScValueXdr.Bool(authorized)),
        (ScValueXdr.Symbol("clawback"), ScValueXdr.Bool(clawback)));

    private static byte[] Metadata(string name, string symbol) => ScValueXdr.Map(
        (ScValueXdr.Symbol("decimal"), ScValueXdr.U32(7)),
        (ScValueXdr.Symbol("name"), ScValueXdr.Text(name)),
        (ScValueXdr.Symbol("symbol"), ScValueXdr.Text(symbol)));
}
