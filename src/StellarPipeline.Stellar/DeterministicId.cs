using System.Security.Cryptography;

namespace StellarPipeline.Stellar;

/// <summary>
/// Row ids that every program computes in the same way: UUID version 5 (RFC 9562 §5.5). Each table has a namespace, which is the version 5
/// id of its name in the DNS namespace (wallet-backend internal/data/trustline_assets.go and contract_tokens.go). All ids are 16 bytes in
/// network order, as in PostgreSQL's binary format.
/// </summary>
public static class DeterministicId
{
    /// <summary>Bytes of an id.</summary>
    public const int Bytes = 16;

    /// <summary>Length of the longest name: an asset code of 12 bytes, a colon and an address of 56 characters.</summary>
    private const int MaxNameBytes = 12 + 1 + 56;

    private static readonly byte[] DnsNamespace = Convert.FromHexString("6ba7b8109dad11d180b400c04fd430c8");
    private static readonly byte[] AssetNamespace = Make(DnsNamespace, "trustline_assets"u8);
    private static readonly byte[] ContractNamespace = Make(DnsNamespace, "contract_tokens"u8);

    /// <summary>Id of a row of trustline_assets.</summary>
    /// <param name="canonicalAsset">UTF-8 bytes of <c>CODE:ISSUER</c>.</param>
    /// <param name="id">Receives 16 bytes.</param>
    public static void OfAsset(ReadOnlySpan<byte> canonicalAsset, Span<byte> id) => Make(AssetNamespace, canonicalAsset, id);

    /// <summary>Id of a row of contract_tokens.</summary>
    /// <param name="contractAddress">UTF-8 bytes of the contract's C-address.</param>
    /// <param name="id">Receives 16 bytes.</param>
    public static void OfContract(ReadOnlySpan<byte> contractAddress, Span<byte> id) => Make(ContractNamespace, contractAddress, id);

    private static byte[] Make(ReadOnlySpan<byte> space, ReadOnlySpan<byte> name)
    {
        byte[] id = new byte[Bytes];
        Make(space, name, id);
        return id;
    }

    // Version 5 is defined with SHA-1. It is an identifier here, not a protection.
#pragma warning disable CA5350
    private static void Make(ReadOnlySpan<byte> space, ReadOnlySpan<byte> name, Span<byte> id)
    {
        Span<byte> input = stackalloc byte[Bytes + MaxNameBytes];
        space.CopyTo(input);
        name.CopyTo(input[Bytes..]);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(input[..(Bytes + name.Length)], hash);
        hash[..Bytes].CopyTo(id);
        id[6] = (byte)((id[6] & 0x0F) | 0x50);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
    }
#pragma warning restore CA5350
}
