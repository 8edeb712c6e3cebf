using System.Text;

namespace StellarPipeline.Generator.Xdr;

/// <summary>Encodes Asset and TrustLineAsset unions (stellar-core Stellar-ledger-entries.x).</summary>
internal static class AssetXdr
{
    /// <summary>The native asset: arm 0, four bytes.</summary>
    /// <returns>The encoded union.</returns>
    public static byte[] Native() => new byte[4];

    /// <summary>A credit asset: ALPHANUM4 for codes of 1 to 4 characters, else ALPHANUM12.</summary>
    /// <param name="code">Asset code, 1 to 12 ASCII characters.</param>
    /// <param name="issuer">The issuer's public key, 32 bytes.</param>
    /// <returns>The encoded union, 44 or 52 bytes.</returns>
    public static byte[] Credit(string code, ReadOnlySpan<byte> issuer)
    {
        ArgumentNullException.ThrowIfNull(code);
        return Credit(code.Length <= 4 ? 1 : 2, Encoding.ASCII.GetBytes(code), issuer);
    }

    /// <summary>A credit asset with a given arm, so that invalid pairs of arm and code can be made too.</summary>
    /// <param name="arm">1 ALPHANUM4, 2 ALPHANUM12.</param>
    /// <param name="code">Code bytes, at most 4 or 12; the rest is zero.</param>
    /// <param name="issuer">The issuer's public key, 32 bytes.</param>
    /// <returns>The encoded union, 44 or 52 bytes.</returns>
    public static byte[] Credit(int arm, ReadOnlySpan<byte> code, ReadOnlySpan<byte> issuer)
    {
        using XdrWriter writer = new(64);
        writer.WriteInt32(arm);
        Span<byte> padded = writer.Take(arm == 1 ? 4 : 12);
        padded.Clear();
        code.CopyTo(padded);
        writer.WriteAccountId(issuer);
        return writer.ToArray();
    }

    /// <summary>A pool-share asset of a trustline: arm 3, then the pool id.</summary>
    /// <param name="poolId">32 bytes.</param>
    /// <returns>The encoded union, 36 bytes.</returns>
    public static byte[] PoolShare(ReadOnlySpan<byte> poolId)
    {
        using XdrWriter writer = new(64);
        writer.WriteInt32(3);
        writer.WriteFixedOpaque(poolId);
        return writer.ToArray();
    }
}
