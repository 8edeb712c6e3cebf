using System.Buffers.Binary;

namespace StellarPipeline.Xdr.Values;

/// <summary>A checked smart-contract value of any type, read in place.</summary>
/// <remarks>
/// Format: <c>SCVal</c> in Stellar-contract.x. Each accessor throws <see cref="InvalidOperationException"/> if the value has another type.
/// Enumerating the elements of a value reads each nested value once, so visiting everything costs at most bytes × nesting levels; the
/// levels are limited by <see cref="XdrLimits.ScValDepth"/>.
/// </remarks>
public readonly ref struct ScValView
{
    /// <summary>Wraps checked bytes.</summary>
    /// <param name="encoded">Exactly the value.</param>
    internal ScValView(ReadOnlySpan<byte> encoded) => Encoded = encoded;

    /// <summary>The encoded value.</summary>
    public ReadOnlySpan<byte> Encoded { get; }

    /// <summary>Type of the value.</summary>
    public ScValType Type => (ScValType)Wire.Int32(Encoded, 0);

    /// <summary>True if an optional list or map is present; an absent one differs from an empty one.</summary>
    /// <exception cref="InvalidOperationException">The value is neither <see cref="ScValType.Vec"/> nor
    /// <see cref="ScValType.Map"/>.</exception>
    public bool IsPresent
    {
        get
        {
            if (Type is not (ScValType.Vec or ScValType.Map))
                WrongType("Vec or Map");
            return Wire.Int32(Encoded, 4) != 0;
        }
    }

    /// <summary>Number of elements of a list or entries of a map; 0 if it is absent.</summary>
    /// <exception cref="InvalidOperationException">The value is neither <see cref="ScValType.Vec"/> nor
    /// <see cref="ScValType.Map"/>.</exception>
    public int Count => IsPresent ? Wire.Int32(Encoded, 8) : 0;

    /// <summary>Elements of a list; none if it is absent.</summary>
    /// <exception cref="InvalidOperationException">The value is not a <see cref="ScValType.Vec"/>.</exception>
    public ScValElements Elements
    {
        get
        {
            Ensure(ScValType.Vec);
            return IsPresent ? new ScValElements(Encoded[12..], Count) : default;
        }
    }

    /// <summary>Entries of a map, in stored order; none if it is absent.</summary>
    /// <exception cref="InvalidOperationException">The value is not a <see cref="ScValType.Map"/>.</exception>
    public ScMapEntries Entries
    {
        get
        {
            Ensure(ScValType.Map);
            return IsPresent ? new ScMapEntries(Encoded[12..], Count) : default;
        }
    }

    /// <summary>Checks a complete value, and that nothing follows it.</summary>
    /// <param name="value">The encoded value.</param>
    /// <returns>A view over it.</returns>
    /// <exception cref="XdrFormatException">The value is malformed, nested too deeply, or followed by further bytes.</exception>
    public static ScValView Parse(ReadOnlySpan<byte> value)
    {
        var reader = new XdrReader(value);
        ScValWalk.ReadValue(ref reader, depth: 1);
        reader.EnsureEnd("SCVal");
        return new ScValView(value);
    }

    /// <summary>Checks whether the value is a symbol with this text.</summary>
    /// <param name="text">The text, such as <c>"Balance"u8</c>.</param>
    /// <returns>False also if the value has another type.</returns>
    public bool IsSymbol(ReadOnlySpan<byte> text) => Type == ScValType.Symbol && Wire.Opaque(Encoded, 4).SequenceEqual(text);

    /// <summary>The value of a <see cref="ScValType.Bool"/>.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidOperationException">The value is of another type.</exception>
    public bool AsBool()
    {
        Ensure(ScValType.Bool);
        return Wire.Int32(Encoded, 4) != 0;
    }

    /// <summary>The value of a <see cref="ScValType.UInt32"/>.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidOperationException">The value is of another type.</exception>
    public uint AsUInt32()
    {
        Ensure(ScValType.UInt32);
        return Wire.UInt32(Encoded, 4);
    }

    /// <summary>The value of an <see cref="ScValType.Int32"/>.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidOperationException">The value is of another type.</exception>
    public int AsInt32()
    {
        Ensure(ScValType.Int32);
        return Wire.Int32(Encoded, 4);
    }

    /// <summary>
    /// The value of a <see cref="ScValType.UInt64"/>, <see cref="ScValType.Timepoint"/> or <see cref="ScValType.Duration"/>.
    /// </summary>
    /// <returns>The value; times in seconds.</returns>
    /// <exception cref="InvalidOperationException">The value is of another type.</exception>
    public ulong AsUInt64()
    {
        if (Type is not (ScValType.UInt64 or ScValType.Timepoint or ScValType.Duration))
            WrongType("UInt64, Timepoint or Duration");
        return Wire.UInt64(Encoded, 4);
    }

    /// <summary>The value of an <see cref="ScValType.Int64"/>.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidOperationException">The value is of another type.</exception>
    public long AsInt64()
    {
        Ensure(ScValType.Int64);
        return Wire.Int64(Encoded, 4);
    }

    /// <summary>The value of a <see cref="ScValType.UInt128"/>.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidOperationException">The value is of another type.</exception>
    public UInt128 AsUInt128()
    {
        Ensure(ScValType.UInt128);
        return BinaryPrimitives.ReadUInt128BigEndian(Encoded[4..]);
    }

    /// <summary>The value of an <see cref="ScValType.Int128"/>.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidOperationException">The value is of another type.</exception>
    public Int128 AsInt128()
    {
        Ensure(ScValType.Int128);
        return BinaryPrimitives.ReadInt128BigEndian(Encoded[4..]);
    }

    /// <summary>The value of a <see cref="ScValType.UInt256"/> or <see cref="ScValType.Int256"/>.</summary>
    /// <returns>32 bytes, big-endian; two's complement if signed.</returns>
    /// <exception cref="InvalidOperationException">The value is of another type.</exception>
    public ReadOnlySpan<byte> As256Bits()
    {
        if (Type is not (ScValType.UInt256 or ScValType.Int256))
            WrongType("UInt256 or Int256");
        return Encoded.Slice(4, 32);
    }

    /// <summary>
    /// The content of <see cref="ScValType.Bytes"/>, a <see cref="ScValType.String"/>, <see cref="ScValType.Symbol"/> or
    /// <see cref="ScValType.ExecutableTag"/>.
    /// </summary>
    /// <returns>The bytes. A string need not be UTF-8 and may contain zero bytes.</returns>
    /// <exception cref="InvalidOperationException">The value is of another type.</exception>
    public ReadOnlySpan<byte> AsBytes()
    {
        if (Type is not (ScValType.Bytes or ScValType.String or ScValType.Symbol or ScValType.ExecutableTag))
            WrongType("Bytes, String, Symbol or ExecutableTag");
        return Wire.Opaque(Encoded, 4);
    }

    /// <summary>The value of an <see cref="ScValType.Address"/>.</summary>
    /// <returns>A view over the same bytes.</returns>
    /// <exception cref="InvalidOperationException">The value is of another type.</exception>
    public ScAddressView AsAddress()
    {
        Ensure(ScValType.Address);
        return new ScAddressView(Encoded[4..]);
    }

    /// <summary>The value of a <see cref="ScValType.ContractInstance"/>.</summary>
    /// <returns>A view over the same bytes.</returns>
    /// <exception cref="InvalidOperationException">The value is of another type.</exception>
    public ContractInstanceView AsInstance()
    {
        Ensure(ScValType.ContractInstance);
        return new ContractInstanceView(Encoded[4..]);
    }

    /// <summary>The value of an <see cref="ScValType.Error"/>.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidOperationException">The value is of another type.</exception>
    public ScError AsError()
    {
        Ensure(ScValType.Error);
        return new ScError((ScErrorType)Wire.Int32(Encoded, 4), Wire.UInt32(Encoded, 8));
    }

    /// <summary>The value of a <see cref="ScValType.LedgerKeyNonce"/>.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="InvalidOperationException">The value is of another type.</exception>
    public long AsNonce()
    {
        Ensure(ScValType.LedgerKeyNonce);
        return Wire.Int64(Encoded, 4);
    }

    private void Ensure(ScValType wanted)
    {
        if (Type != wanted)
            WrongType(wanted.ToString());
    }

    private void WrongType(string wanted) => XdrThrow.WrongType("SCVal", Type.ToString(), wanted);
}
