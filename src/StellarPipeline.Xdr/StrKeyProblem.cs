namespace StellarPipeline.Xdr;

/// <summary>Why a text is no strkey.</summary>
public enum StrKeyProblem
{
    /// <summary>It is one.</summary>
    None = 0,

    /// <summary>No strkey has this many characters.</summary>
    Length,

    /// <summary>A character is not one of A to Z and 2 to 7; lower case and padding are not allowed.</summary>
    Character,

    /// <summary>Bits of the last character that carry nothing are not zero.</summary>
    TrailingBits,

    /// <summary>The checksum does not fit.</summary>
    Checksum,

    /// <summary>The version byte is not a known one.</summary>
    Version,

    /// <summary>The payload is not as long as its kind requires.</summary>
    PayloadLength,

    /// <summary>The payload is not well formed: type of a claimable balance, or length or padding of a signed payload.</summary>
    PayloadContent,

    /// <summary>It is a strkey of another kind than the one asked for.</summary>
    Kind,
}
