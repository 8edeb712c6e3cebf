namespace StellarPipeline.Xdr;

/// <summary>Why a text is not a strkey.</summary>
public enum StrKeyProblem
{
    /// <summary>No problem.</summary>
    None = 0,

    /// <summary>No strkey has this many characters.</summary>
    Length,

    /// <summary>A character is not one of A to Z and 2 to 7; lower case and padding are not allowed.</summary>
    Character,

    /// <summary>The unused bits of the last character are not zero.</summary>
    TrailingBits,

    /// <summary>The checksum is wrong.</summary>
    Checksum,

    /// <summary>The version byte is unknown.</summary>
    Version,

    /// <summary>The payload does not have the length of its kind.</summary>
    PayloadLength,

    /// <summary>The payload is not well formed: type of a claimable balance, or length or padding of a signed payload.</summary>
    PayloadContent,

    /// <summary>It is a strkey of another kind than requested.</summary>
    Kind,
}
