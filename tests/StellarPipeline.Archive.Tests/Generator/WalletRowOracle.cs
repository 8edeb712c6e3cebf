using System.Buffers.Binary;
using System.Text;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Archive.Tests.Generator;

/// <summary>
/// Counts the rows that live entries make in the wallet tables by looking at their bytes, with no help from the generator's own
/// bookkeeping.
/// </summary>
internal static class WalletRowOracle
{
    private const int InstanceKeyArm = 20;

    public static Dictionary<string, long> Count(Dictionary<string, byte[]> live, string passphrase)
    {
        byte[] networkId = DerivedIds.Network(passphrase);
        string nativeContract = Convert.ToHexStringLower(DerivedIds.AssetContract(networkId, AssetXdr.Native()));
        HashSet<string> codes =
            [.. live.Keys.Where(static key => key.StartsWith("00000007", StringComparison.Ordinal)).Select(static key => key[8..])];
        HashSet<string> assets = [];
        HashSet<string> tokens = [];
        Dictionary<string, long> rows = new()
        {
            ["native_balances"] = 0, ["trustline_balances"] = 0, ["trustline_assets"] = 0, ["liquidity_pools"] = 0,
            ["liquidity_pool_balances"] = 0,
            ["sac_balances"] = 0, ["contract_tokens"] = 0, ["protocol_wasms"] = codes.Count, ["protocol_contracts"] = 0,
        };
        foreach (byte[] entry in live.Values)
        {
            switch (entry[7])
            {
                case 0:
                    rows["native_balances"]++;
                    break;
                case 1 when entry[47] == 3:
                    rows["liquidity_pool_balances"]++;
                    break;
                case 1:
                    rows["trustline_balances"]++;
                    assets.Add(Convert.ToHexString(entry.AsSpan(44, entry[47] == 1 ? 44 : 52)));
                    break;
                case 5:
                    rows["liquidity_pools"]++;
                    break;
                case 6 when entry[15] == 1:
                    CountContractData(entry.AsSpan(16), networkId, nativeContract, codes, tokens, rows);
                    break;
                default:
                    break;
            }
        }

        rows["trustline_assets"] = assets.Count;
        rows["contract_tokens"] = tokens.Count;
        return rows;
    }

    // The bytes start at the contract's id; the key follows it.
    private static void CountContractData(
        ReadOnlySpan<byte> data, byte[] networkId, string nativeContract, HashSet<string> codes, HashSet<string> tokens,
        Dictionary<string, long> rows)
    {
        string contract = Convert.ToHexStringLower(data[..32]);
        ReadOnlySpan<byte> key = data[32..];
        if (contract == nativeContract) return;
        if (Number(key) == InstanceKeyArm && Number(key[4..]) == 1 && Number(key[8..]) == 19)
        {
            ReadOnlySpan<byte> executable = key[12..];
            if (Number(executable) == 0)
            {
                tokens.Add(contract);
                if (codes.Contains(Convert.ToHexStringLower(executable.Slice(4, 32)))) rows["protocol_contracts"]++;
            }
            else if (Number(executable) == 1 && contract == DerivedFrom(executable, networkId))
            {
                tokens.Add(contract);
            }

            return;
        }

        ReadOnlySpan<byte> balanceKey = Convert.FromHexString(
            "00000010" + "00000001" + "00000002" + "0000000f" + "00000007" + "42616c616e636500" + "00000012" + "00000001");
        if (!key.StartsWith(balanceKey) || Number(key[(balanceKey.Length + 32)..]) != 1) return;
        ReadOnlySpan<byte> value = key[(balanceKey.Length + 36)..];
        ReadOnlySpan<byte> amount =
            Convert.FromHexString("00000011" + "00000001" + "00000003" + "0000000f" + "00000006" + "616d6f756e740000" + "0000000a");
        if (!value.StartsWith(amount) || value[amount.Length] >= 0x80) return;
        rows["sac_balances"]++;
        tokens.Add(contract);
    }

    // Finds the asset that an instance names, wherever in its storage, and derives the contract that it would have to be.
    private static string DerivedFrom(ReadOnlySpan<byte> instance, byte[] networkId)
    {
        int code = instance.IndexOf("asset_code"u8);
        int issuer = instance.IndexOf("issuer"u8);
        if (code < 0 || issuer < 0) return "";
        ReadOnlySpan<byte> codeBytes = instance.Slice(code + 20, Number(instance[(code + 16)..]));
        string text = Encoding.ASCII.GetString(codeBytes).TrimEnd('\0');
        return Convert.ToHexStringLower(DerivedIds.AssetContract(networkId, AssetXdr.Credit(text, instance.Slice(issuer + 16, 32))));
    }

    private static int Number(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt32BigEndian(bytes);
}
