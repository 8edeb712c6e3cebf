using System.Globalization;

namespace StellarPipeline.Xdr;

/// <summary>Bytes are not the XDR value that they should be.</summary>
/// <remarks>The decoder throws nothing else for malformed input, whatever the bytes are.</remarks>
public sealed class XdrFormatException : FormatException
{
    /// <summary>The <see cref="Field"/> of an error that says that bytes follow where a value should have ended.</summary>
    public const string EndField = "end";

    private const string Advice =
        " The data is damaged, or of a newer protocol than this version reads: fetch it again, from another place if the error returns, or "
            + "update.";

    private readonly string problem;

    /// <summary>Describes malformed XDR.</summary>
    /// <param name="typeName">Name of the XDR type that is malformed, as the schema spells it.</param>
    /// <param name="field">Name of the field in that type.</param>
    /// <param name="byteOffset">Where the problem lies: bytes from the start of the value that was being decoded.</param>
    /// <param name="problem">What is wrong there: a sentence with the numbers found and expected.</param>
    /// <param name="baseOffset">Where the value starts in its source (a file, a stream): bytes; 0 if that is not known.</param>
    public XdrFormatException(string typeName, string field, long byteOffset, string problem, long baseOffset = 0)
        : base(Describe(typeName, field, byteOffset, problem, baseOffset) + Advice)
    {
        this.problem = problem;
        TypeName = typeName;
        Field = field;
        ByteOffset = byteOffset;
        BaseOffset = baseOffset;
    }

    /// <summary>Name of the XDR type that is malformed, as the schema spells it.</summary>
    public string TypeName { get; }

    /// <summary>Name of the malformed field in <see cref="TypeName"/>.</summary>
    public string Field { get; }

    /// <summary>Where the problem lies: bytes from the start of the value that was being decoded, 0 up to its length.</summary>
    public long ByteOffset { get; }

    /// <summary>Where the value starts in its source: bytes; 0 if that was not told.</summary>
    public long BaseOffset { get; }

    /// <summary>
    /// What is wrong and where: the message without advice, for callers who know whether the data is damaged or of a newer protocol.
    /// </summary>
    public string Finding => Describe(TypeName, Field, ByteOffset, problem, BaseOffset);

    /// <summary>Creates the same exception for a value whose place in its source is known.</summary>
    /// <param name="baseOffset">Where the value starts in its source: bytes.</param>
    /// <returns>A new exception with the same type, field and <see cref="ByteOffset"/>.</returns>
    public XdrFormatException WithBaseOffset(long baseOffset) => new(TypeName, Field, ByteOffset, problem, baseOffset);

    private static string Describe(string typeName, string field, long byteOffset, string problem, long baseOffset)
    {
        string place = baseOffset == 0
            ? string.Create(CultureInfo.InvariantCulture, $"byte {byteOffset:N0}")
            : string.Create(CultureInfo.InvariantCulture, $"byte {byteOffset:N0} (byte {baseOffset + byteOffset:N0} of its source)");
        return $"XDR {typeName}.{field} at {place}: {problem}";
    }
}
