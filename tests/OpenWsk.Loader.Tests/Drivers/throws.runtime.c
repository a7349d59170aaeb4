/* What throws.cpp needs besides the kernel's routines: the table of type_info, which is data that compilers
 * do not import. Nothing here calls through it. It knows nothing about exceptions.
 */
const void *const type_info_table[2] __asm__("??_7type_info@@6B@") = {0, 0};
