using System.Text;

namespace StellarPipeline.Generator.Xdr;

/// <summary>Encodes every arm of SCVal (stellar-core Stellar-contract.x, protocol 28).</summary>
internal static class ScValueXdr
{
    /// <summary>Arm 0.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] Bool(bool value) => Make(0, value, static (writer, value) => writer.WriteBool(value));

    /// <summary>Arm 1.</summary>
    /// <returns>The encoded union.</returns>
    public static byte[] Void() => Make(1, 0, static (_, _) => { });

    /// <summary>Arm 2: an error of the given type; type 0 has a contract's own code, the others an error code 0 to 9.</summary>
    /// <param name="type">0 to 9.</param>
    /// <param name="code">The code.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] Error(int type, uint code) => Make(2, (type, code), static (writer, value) =>
    {
        writer.WriteInt32(value.type);
        writer.WriteUInt32(value.code);
    });

    /// <summary>Arm 3.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] U32(uint value) => Make(3, value, static (writer, value) => writer.WriteUInt32(value));

    /// <summary>Arm 4.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] I32(int value) => Make(4, value, static (writer, value) => writer.WriteInt32(value));

    /// <summary>Arm 5.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] U64(ulong value) => Make(5, value, static (writer, value) => writer.WriteUInt64(value));

    /// <summary>Arm 6.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] I64(long value) => Make(6, value, static (writer, value) => writer.WriteInt64(value));

    /// <summary>Arm 7.</summary>
    /// <param name="value">Unix seconds.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] TimePoint(ulong value) => Make(7, value, static (writer, value) => writer.WriteUInt64(value));

    /// <summary>Arm 8.</summary>
    /// <param name="value">Seconds.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] Duration(ulong value) => Make(8, value, static (writer, value) => writer.WriteUInt64(value));

    /// <summary>Arm 9.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] U128(UInt128 value) => Make(9, value, static (writer, value) => WriteUInt128(writer, value));

    /// <summary>Arm 10.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] I128(Int128 value) => Make(10, value, static (writer, value) => WriteUInt128(writer, (UInt128)value));

    /// <summary>Arm 11.</summary>
    /// <param name="high">The upper half.</param>
    /// <param name="low">The lower half.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] U256(UInt128 high, UInt128 low) => Make(11, (high, low), static (writer, value) =>
    {
        WriteUInt128(writer, value.high);
        WriteUInt128(writer, value.low);
    });

    /// <summary>Arm 12.</summary>
    /// <param name="high">The upper half, with the sign.</param>
    /// <param name="low">The lower half.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] I256(Int128 high, UInt128 low) => Make(12, (high, low), static (writer, value) =>
    {
        WriteUInt128(writer, (UInt128)value.high);
        WriteUInt128(writer, value.low);
    });

    /// <summary>Arm 13.</summary>
    /// <param name="value">Any bytes.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] Bytes(ReadOnlySpan<byte> value) => MakeOpaque(13, value);

    /// <summary>Arm 14, a string; need not be UTF-8.</summary>
    /// <param name="value">Any bytes.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] Text(ReadOnlySpan<byte> value) => MakeOpaque(14, value);

    /// <summary>Arm 14.</summary>
    /// <param name="value">Text, written as UTF-8.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] Text(string value) => MakeOpaque(14, Encoding.UTF8.GetBytes(value));

    /// <summary>Arm 15: at most 32 characters of [A-Za-z0-9_].</summary>
    /// <param name="value">The symbol.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] Symbol(string value) => MakeOpaque(15, Encoding.UTF8.GetBytes(value));

    /// <summary>Arm 16, present.</summary>
    /// <param name="items">Encoded SCVals.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] Vec(params ReadOnlySpan<byte[]> items)
    {
        using XdrWriter writer = new();
        writer.WriteInt32(16);
        writer.WriteBool(true);
        writer.WriteInt32(items.Length);
        foreach (byte[] item in items) writer.WriteRaw(item);
        return writer.ToArray();
    }

    /// <summary>Arm 16 without the optional vector.</summary>
    /// <returns>The encoded union.</returns>
    public static byte[] VecAbsent() => Make(16, false, static (writer, value) => writer.WriteBool(value));

    /// <summary>Arm 17, present.</summary>
    /// <param name="pairs">Encoded keys and values, written in the given order.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] Map(params ReadOnlySpan<(byte[] Key, byte[] Value)> pairs)
    {
        using XdrWriter writer = new();
        writer.WriteInt32(17);
        WriteMap(writer, pairs);
        return writer.ToArray();
    }

    /// <summary>Arm 17 without the optional map.</summary>
    /// <returns>The encoded union.</returns>
    public static byte[] MapAbsent() => Make(17, false, static (writer, value) => writer.WriteBool(value));

    /// <summary>Arm 18.</summary>
    /// <param name="address">An encoded SCAddress, see <see cref="ScAddressXdr"/>.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] Address(ReadOnlySpan<byte> address)
    {
        using XdrWriter writer = new(64);
        writer.WriteInt32(18);
        writer.WriteRaw(address);
        return writer.ToArray();
    }

    /// <summary>Arm 19 with a WASM executable and no storage.</summary>
    /// <param name="codeHash">32 bytes.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] WasmInstance(ReadOnlySpan<byte> codeHash) => Instance(ExecutableXdr.Wasm(codeHash), hasStorage: false);

    /// <summary>Arm 19 with a WASM executable and a storage map.</summary>
    /// <param name="codeHash">32 bytes.</param>
    /// <param name="storage">Encoded keys and values, in key order.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] WasmInstance(ReadOnlySpan<byte> codeHash, params ReadOnlySpan<(byte[] Key, byte[] Value)> storage) =>
        Instance(ExecutableXdr.Wasm(codeHash), hasStorage: true, storage);

    /// <summary>Arm 19 with any executable.</summary>
    /// <param name="executable">An encoded ContractExecutable, see <see cref="ExecutableXdr"/>.</param>
    /// <param name="hasStorage">Whether the optional storage map is present.</param>
    /// <param name="storage">Encoded keys and values, in key order.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] Instance(ReadOnlySpan<byte> executable, bool hasStorage, params ReadOnlySpan<(byte[] Key, byte[] Value)> storage)
    {
        using XdrWriter writer = new();
        writer.WriteInt32(19);
        writer.WriteRaw(executable);
        if (hasStorage) WriteMap(writer, storage);
        else writer.WriteBool(false);
        return writer.ToArray();
    }

    /// <summary>Arm 20: the key of a contract's instance.</summary>
    /// <returns>The encoded union.</returns>
    public static byte[] InstanceKey() => Make(20, 0, static (_, _) => { });

    /// <summary>Arm 21: the key of a nonce; signed, and often negative.</summary>
    /// <param name="nonce">The nonce.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] NonceKey(long nonce) => Make(21, nonce, static (writer, value) => writer.WriteInt64(value));

    /// <summary>Arm 22 (protocol 28): the key under which an owner stores the code hash of a tag.</summary>
    /// <param name="tag">The tag.</param>
    /// <returns>The encoded union.</returns>
    public static byte[] ExecutableTag(string tag) => MakeOpaque(22, Encoding.UTF8.GetBytes(tag));

    private static void WriteMap(XdrWriter writer, ReadOnlySpan<(byte[] Key, byte[] Value)> pairs)
    {
        writer.WriteBool(true);
        writer.WriteInt32(pairs.Length);
        foreach ((byte[] key, byte[] value) in pairs)
        {
            writer.WriteRaw(key);
            writer.WriteRaw(value);
        }
    }

    private static void WriteUInt128(XdrWriter writer, UInt128 value)
    {
        writer.WriteUInt64((ulong)(value >> 64));
        writer.WriteUInt64((ulong)value);
    }

    private static byte[] MakeOpaque(int arm, ReadOnlySpan<byte> value)
    {
        using XdrWriter writer = new();
        writer.WriteInt32(arm);
        writer.WriteOpaque(value);
        return writer.ToArray();
    }

    private static byte[] Make<T>(int arm, T value, Action<XdrWriter, T> write)
    {
        using XdrWriter writer = new(64);
        writer.WriteInt32(arm);
        write(writer, value);
        return writer.ToArray();
    }
}
