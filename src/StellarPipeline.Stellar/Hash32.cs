using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace StellarPipeline.Stellar;

/// <summary>Thirty-two bytes by value: an account key, a contract id, a hash.</summary>
[InlineArray(32)]
public struct Hash32 : IEquatable<Hash32>
{
    private byte first;

    /// <summary>Copies 32 bytes.</summary>
    /// <param name="bytes">Exactly 32 bytes.</param>
    public Hash32(ReadOnlySpan<byte> bytes) => bytes[..32].CopyTo(this);

    /// <inheritdoc/>
    public readonly bool Equals(Hash32 other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is Hash32 other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => MemoryMarshal.Read<int>(this);

    /// <summary>Lower-case hexadecimal, 64 characters.</summary>
    public override readonly string ToString() => Convert.ToHexStringLower(this);

    /// <summary>Whether two values are the same bytes.</summary>
    public static bool operator ==(Hash32 left, Hash32 right) => left.Equals(right);

    /// <summary>Whether two values differ.</summary>
    public static bool operator !=(Hash32 left, Hash32 right) => !left.Equals(right);
}
