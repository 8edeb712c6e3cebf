namespace StellarPipeline.Stellar.Queries;

/// <summary>What became of a compare-and-swap.</summary>
public enum SwapOutcome
{
    /// <summary>The value was the expected one, and is the new one now.</summary>
    Swapped,

    /// <summary>The row is there with another value, and was left as it is.</summary>
    Differs,

    /// <summary>There is no row of that key, and none was made.</summary>
    Missing,
}
