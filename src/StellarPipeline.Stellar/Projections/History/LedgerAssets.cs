using System.Buffers.Binary;
using System.Text;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>
/// Finds the assets of contract ids, if the bytes of a ledger name them: rows identify an asset by its contract, people by its code.
/// </summary>
/// <remarks>
/// Examines everything that may be an encoded asset (operations, results, entries) or the name of an asset (events), and accepts it only if
/// its contract is wanted: the hash proves it. For printing; not fast.
/// </remarks>
internal static class LedgerAssets
{
    private const int WordBytes = 4;
    private const int IssuerBytes = 4 + 32;
    private const int AddressTextBytes = 56;

    /// <summary>Names the assets of some contracts.</summary>
    /// <param name="ledger">The encoded LedgerCloseMeta.</param>
    /// <param name="network">The network.</param>
    /// <param name="contracts">Contract ids, 32 bytes each.</param>
    /// <returns>For each contract whose asset was found, <c>CODE:ISSUER</c> or <c>native</c>.</returns>
    public static IReadOnlyDictionary<Hash256, string> Find(ReadOnlySpan<byte> ledger, StellarNetwork network,
        IReadOnlySet<Hash256> contracts)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(contracts);
        var names = new Dictionary<Hash256, string>();
        var native = new Hash256(network.NativeContractId);
        if (contracts.Contains(native)) names.Add(native, "native");
        var tried = new HashSet<string>(StringComparer.Ordinal);
        for (int at = 0; at + 4 + 4 + IssuerBytes <= ledger.Length && names.Count < contracts.Count; at += WordBytes)
        {
            int codeBytes = BinaryPrimitives.ReadInt32BigEndian(ledger[at..]) switch { 1 => 4, 2 => 12, _ => 0 };
            if (codeBytes == 0 || at + 4 + codeBytes + IssuerBytes > ledger.Length) continue;
            ReadOnlySpan<byte> rawCode = ledger.Slice(at + 4, codeBytes);
            ReadOnlySpan<byte> issuer = ledger.Slice(at + 4 + codeBytes, IssuerBytes);
            if (BinaryPrimitives.ReadInt32BigEndian(issuer) == 0 && AssetCode.IsValid(rawCode))
                Try(rawCode, issuer[4..]);
        }

        Span<byte> key = stackalloc byte[StrKey.MaxPayloadBytes];
        Span<byte> code = stackalloc byte[12];
        for (int at = ledger.IndexOf(":G"u8); at >= 0 && names.Count < contracts.Count;)
        {
            if (at + 1 + AddressTextBytes <= ledger.Length
                && StrKey.TryDecode(ledger.Slice(at + 1, AddressTextBytes), key, out StrKeyKind kind, out _) && kind == StrKeyKind.Account)
            {
                // The byte before a code, the last of its length field, may look like a letter of the code: every length of a code is
                // tried.
                for (int length = 1; length <= Math.Min(code.Length, at); length++)
                {
                    if (!char.IsAsciiLetterOrDigit((char)ledger[at - length])) break;
                    code.Clear();
                    ledger[(at - length)..at].CopyTo(code);
                    Try(code[..(length <= 4 ? 4 : 12)], key[..32]);
                }
            }

            int next = ledger[(at + 1)..].IndexOf(":G"u8);
            at = next < 0 ? -1 : at + 1 + next;
        }

        return names;

        void Try(ReadOnlySpan<byte> rawCode, ReadOnlySpan<byte> issuer)
        {
            string name = $"{Encoding.ASCII.GetString(rawCode.TrimEnd((byte)0))}:{StrKey.Encode(StrKeyKind.Account, issuer)}";
            if (!tried.Add($"{rawCode.Length}{name}")) return;
            Span<byte> id = stackalloc byte[32];
            AssetContractId.OfRawCode(network.Id, rawCode, issuer, id);
            var contract = new Hash256(id);
            if (contracts.Contains(contract)) names.TryAdd(contract, name);
        }
    }
}
