namespace StellarPipeline.Stellar.Projections.History;

/// <summary>Sorts indexes by the items that they stand for, and keeps the order of equal items. Allocates nothing.</summary>
internal static class StableSort
{
    private const int MaxInsertion = 32;

    /// <param name="items">The indexes to sort.</param>
    /// <param name="scratch">Space for half of the indexes.</param>
    /// <param name="state">Passed to the comparison.</param>
    /// <param name="compare">Returns a negative number if the left one comes first. Pass a static function.</param>
    public static void Sort<TState>(Span<int> items, Span<int> scratch, scoped in TState state, Func<TState, int, int, int> compare)
        where TState : allows ref struct
    {
        if (items.Length <= MaxInsertion)
        {
            for (int next = 1; next < items.Length; next++)
            {
                int item = items[next];
                int place = next;
                for (; place > 0 && compare(state, items[place - 1], item) > 0; place--) items[place] = items[place - 1];
                items[place] = item;
            }

            return;
        }

        int half = items.Length / 2;
        Sort(items[..half], scratch, state, compare);
        Sort(items[half..], scratch, state, compare);
        Span<int> left = scratch[..half];
        items[..half].CopyTo(left);
        int fromLeft = 0, fromRight = half;
        for (int place = 0; fromLeft < left.Length; place++)
        {
            bool takesRight = fromRight < items.Length && compare(state, left[fromLeft], items[fromRight]) > 0;
            items[place] = takesRight ? items[fromRight++] : left[fromLeft++];
        }
    }
}
