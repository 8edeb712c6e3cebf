using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>Writes the JSON of <c>key_value</c>, an object with <c>new</c>, <c>old</c> or both, in a reused buffer.</summary>
/// <remarks>
/// Keys are in the order in which Go sorts them. Bytes that are not UTF-8 become U+FFFD one by one, as Go writes them. jsonb cannot hold
/// NUL. The ledger allows only printable ASCII here, so NUL is an error of the caller.
/// </remarks>
internal sealed class KeyValueJson
{
    private const int MaxBytes = 1024;

    private readonly byte[] buffer = new byte[MaxBytes];
    private int length;

    public ReadOnlySpan<byte> Text => buffer.AsSpan(0, length);

    /// <summary>Begins an object.</summary>
    public KeyValueJson Begin()
    {
        length = 0;
        buffer[length++] = (byte)'{';
        return this;
    }

    /// <summary>Adds text of at most 64 bytes.</summary>
    public KeyValueJson AddText(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        AddKey(key);
        for (ReadOnlySpan<byte> rest = value; !rest.IsEmpty;)
        {
            bool isValid = Rune.DecodeFromUtf8(rest, out Rune rune, out int consumed) == OperationStatus.Done;
            if (!isValid) (rune, consumed) = (Rune.ReplacementChar, 1);
            rest = rest[consumed..];
            AddRune(rune);
        }

        buffer[length++] = (byte)'"';
        return this;
    }

    /// <summary>Adds at most 64 bytes in base64.</summary>
    public KeyValueJson AddBase64(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        AddKey(key);
        Base64.EncodeToUtf8(value, buffer.AsSpan(length), out _, out int written);
        length += written;
        buffer[length++] = (byte)'"';
        return this;
    }

    /// <summary>Ends the object.</summary>
    public ReadOnlySpan<byte> End()
    {
        buffer[length++] = (byte)'}';
        return Text;
    }

    private void AddKey(ReadOnlySpan<byte> key)
    {
        if (length > 1) Append(", "u8);
        buffer[length++] = (byte)'"';
        Append(key);
        Append("\": \""u8);
    }

    private void AddRune(Rune rune)
    {
        if (rune.Value is '"' or '\\') buffer[length++] = (byte)'\\';
        if (rune.Value < ' ')
        {
            int letter = "\b\t\n\f\r".IndexOf((char)rune.Value, StringComparison.Ordinal);
            if (letter >= 0)
            {
                Append([(byte)'\\', "btnfr"u8[letter]]);
                return;
            }

            Append("\\u00"u8);
            Utf8Formatter.TryFormat((byte)rune.Value, buffer.AsSpan(length), out int digits, new StandardFormat('x', 2));
            length += digits;
            return;
        }

        length += rune.EncodeToUtf8(buffer.AsSpan(length));
    }

    private void Append(ReadOnlySpan<byte> text)
    {
        text.CopyTo(buffer.AsSpan(length));
        length += text.Length;
    }
}
