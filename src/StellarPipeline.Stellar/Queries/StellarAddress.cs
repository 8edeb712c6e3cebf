using System.Buffers.Binary;
using StellarPipeline.Xdr;

namespace StellarPipeline.Stellar.Queries;

/// <summary>An account or contract, as in the tables: its strkey, and the 33 bytes of columns of type bytea.</summary>
public sealed record StellarAddress
{
    /// <summary>Number of bytes in the tables: the version byte of the strkey, and 32 bytes of key.</summary>
    public const int Bytes = 33;

    private const int KeyBytes = Bytes - 1;

    private readonly byte[] stored;

    private StellarAddress(StrKeyKind kind, ReadOnlySpan<byte> key, string? muxed, ulong? muxedId)
    {
        stored = [(byte)kind, .. key[..KeyBytes]];
        Text = StrKey.Encode(kind, key[..KeyBytes]);
        Muxed = muxed;
        MuxedId = muxedId;
    }

    /// <summary>The strkey: G… or C….</summary>
    public string Text { get; }

    /// <summary>The given text if it was a muxed address (M… or W…); else null. The tables have only the address behind it.</summary>
    public string? Muxed { get; }

    /// <summary>The id in a muxed address; null for other addresses.</summary>
    public ulong? MuxedId { get; }

    /// <summary>Whether it is a contract.</summary>
    public bool IsContract => stored[0] == (byte)StrKeyKind.Contract;

    /// <summary>The bytes in the tables.</summary>
    public ReadOnlyMemory<byte> Stored => stored;

    /// <summary>Parses an address: G or C; of M and W, the account or contract behind it.</summary>
    /// <param name="text">The strkey.</param>
    /// <returns>The address.</returns>
    /// <exception cref="QueryInputException">The text is not an address. The message says why, and never repeats a secret seed.</exception>
    public static StellarAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Span<byte> payload = stackalloc byte[StrKey.MaxPayloadBytes];
        if (!StrKey.TryDecode(text, payload, out StrKeyKind kind, out _, out StrKeyProblem problem))
            throw QueryThrow.NoAddress(text, problem);
        return kind switch
        {
            StrKeyKind.Account or StrKeyKind.Contract => new StellarAddress(kind, payload, null, null),
            StrKeyKind.MuxedAccount =>
                new StellarAddress(StrKeyKind.Account, payload, text, BinaryPrimitives.ReadUInt64BigEndian(payload[KeyBytes..])),
            StrKeyKind.MuxedContract =>
                new StellarAddress(StrKeyKind.Contract, payload, text, BinaryPrimitives.ReadUInt64BigEndian(payload[KeyBytes..])),
            _ => throw QueryThrow.AddressOfOtherKind(kind),
        };
    }

    /// <summary>The strkey of bytes in the tables.</summary>
    /// <param name="stored">33 bytes. A longer payload was cut when it was stored.</param>
    /// <returns>The strkey; for an address that was cut, its key with a note.</returns>
    public static string TextOf(ReadOnlySpan<byte> stored) => (StrKeyKind)stored[0] switch
    {
        StrKeyKind.MuxedAccount => $"{StrKey.Encode(StrKeyKind.Account, stored[1..])} (muxed)",
        StrKeyKind.SignedPayload => $"{StrKey.Encode(StrKeyKind.Account, stored[1..])} (with a payload)",
        StrKeyKind.ClaimableBalance => $"claimable balance {Convert.ToHexStringLower(stored[2..])}…",
        var kind => StrKey.Encode(kind, stored[1..]),
    };

    /// <summary>The address.</summary>
    /// <returns><see cref="Text"/>.</returns>
    public override string ToString() => Text;

    /// <summary>Whether both addresses are stored as the same bytes.</summary>
    /// <param name="other">The other address.</param>
    /// <returns>True if they are.</returns>
    public bool Equals(StellarAddress? other) => other is not null && Text == other.Text;

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);
}
