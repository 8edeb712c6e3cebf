namespace StellarPipeline.Stellar.Queries;

/// <summary>Result of a compare-and-swap.</summary>
public enum SwapOutcome
{
    /// <summary>The row had the expected value, and has the new one.</summary>
    Swapped,

    /// <summary>The row has another value, and was not changed.</summary>
    Differs,

    /// <summary>There is no row with that key, and none was created.</summary>
    Missing,
}
